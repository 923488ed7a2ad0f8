#!/bin/sh
# Makes the sounds beside it, which the decoder's tests read: one and a half seconds of 440 Hz at a quarter of full scale. Needs
# ffmpeg with libopus.
set -eu
cd "$(dirname "$0")"
tone="-y -v error -bitexact -f lavfi -i aevalsrc=exprs=0.25*sin(440*2*PI*t):s=22050:d=1.5"
ffmpeg $tone -c:a aac -b:a 32k aac.m4a
ffmpeg $tone -c:a alac alac.m4a
ffmpeg $tone -c:a libopus -b:a 24k -ar 48000 opus.ogg
ffmpeg $tone -c:a libopus -b:a 24k -ar 48000 opus.webm
# As browsers record: to a pipe, and in fragments behind a header that knows no length.
ffmpeg $tone -c:a libopus -b:a 24k -ar 48000 -f webm - > opus-stream.webm
ffmpeg $tone -c:a aac -b:a 32k -movflags frag_keyframe+empty_moov+default_base_moof -frag_duration 500000 aac-fragments.mp4
