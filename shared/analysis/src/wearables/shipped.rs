/// The descriptions that are built in, by their names.
pub const SHIPPED: [(&str, &str); 7] = [
    ("heart-rate-strap", include_str!("../../../../firmware-config/heart-rate-strap.toml")),
    ("polar-h10", include_str!("../../../../firmware-config/polar-h10.toml")),
    ("polar-verity-sense", include_str!("../../../../firmware-config/polar-verity-sense.toml")),
    ("movesense", include_str!("../../../../firmware-config/movesense.toml")),
    ("pinetime-infinitime", include_str!("../../../../firmware-config/pinetime-infinitime.toml")),
    ("bangle-js", include_str!("../../../../firmware-config/bangle-js.toml")),
    ("arduino-nano-33-ble", include_str!("../../../../firmware-config/arduino-nano-33-ble.toml")),
];
