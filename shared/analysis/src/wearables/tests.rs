mod cases;
mod compared;
mod descriptions;
mod header;
mod packets;
mod readme;
