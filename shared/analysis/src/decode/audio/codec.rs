//! Packets to samples: symphonia's decoders, and one for Opus, which symphonia has none for.

use opus_decoder::{OpusDecoder, OpusError};
use symphonia::core::codecs::audio::well_known::{CODEC_ID_AAC, CODEC_ID_OPUS};
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::packet::Packet;
use symphonia::core::units::TimeBase;

use super::foreign::INSTEAD;

/// Opus decodes to this rate, whatever it was made from.
const OPUS_RATE: u32 = 48_000;
/// Samples a channel of the longest packet of Opus: 120 ms.
const OPUS_LONGEST: usize = 5_760;

/// Decodes the packets of one track.
pub(super) enum Codec {
    Symphonia(Box<dyn AudioDecoder>),
    Opus { decoder: Box<OpusDecoder>, channels: usize, trims: bool },
}

/// What became of a packet.
pub(super) enum Decoded {
    /// So many frames, as interleaved samples of so many channels at a rate.
    Samples { frames: usize, channels: usize, rate: u32 },
    /// Its bytes make no sense; the next ones may.
    Broken,
}

impl Codec {
    /// `ticks` are what the container counts time in: where they are samples, it says which ones are no sound.
    pub(super) fn new(parameters: &AudioCodecParameters, ticks: Option<TimeBase>) -> Result<Self, String> {
        if parameters.codec == CODEC_ID_OPUS {
            // Streams of more channels are coupled in ways that nobody records a voice with.
            let channels = parameters.channels.as_ref().map_or(1, |channels| channels.count());
            if channels > 2 {
                return Err(format!("its Opus has {channels} channels, of which up to 2 are read: {INSTEAD}"));
            }
            let decoder = OpusDecoder::new(OPUS_RATE, channels).map_err(|e| e.to_string())?;
            let ticks = ticks.map(|ticks| (u64::from(ticks.numer.get()), u64::from(ticks.denom.get())));
            let trims = ticks.is_some_and(|(numer, denom)| denom == u64::from(OPUS_RATE) * numer);
            return Ok(Self::Opus { decoder: Box::new(decoder), channels, trims });
        }
        let decoder = symphonia::default::get_codecs()
            .make_audio_decoder(&core(parameters), &AudioDecoderOptions::default())
            .map_err(|_| format!("its coding is not read: {INSTEAD}"))?;
        Ok(Self::Symphonia(decoder))
    }

    /// Samples a second that it gives, where that is known beforehand.
    pub(super) fn sample_rate(&self) -> Option<u32> {
        match self {
            Self::Symphonia(decoder) => decoder.codec_params().sample_rate,
            Self::Opus { .. } => Some(OPUS_RATE),
        }
    }

    /// Decodes a packet into `interleaved`.
    pub(super) fn decode(&mut self, packet: &Packet, interleaved: &mut Vec<f32>) -> Result<Decoded, Error> {
        match self {
            Self::Symphonia(decoder) => match decoder.decode(packet) {
                Ok(buffer) => {
                    buffer.copy_to_vec_interleaved(interleaved);
                    let (channels, rate) = (buffer.spec().channels().count().max(1), buffer.spec().rate());
                    Ok(Decoded::Samples { frames: buffer.frames(), channels, rate })
                }
                Err(Error::DecodeError(_)) => Ok(Decoded::Broken),
                Err(error) => Err(error),
            },
            Self::Opus { decoder, channels, trims } => {
                interleaved.resize(OPUS_LONGEST * *channels, 0.0);
                let decoded: Result<usize, OpusError> = decoder.decode_float(&packet.data, interleaved, false);
                let Ok(frames) = decoded else { return Ok(Decoded::Broken) };
                interleaved.truncate(frames * *channels);
                let trimmed = |ticks: u64| if *trims { ticks.min(frames as u64) as usize } else { 0 };
                let (start, end) = (trimmed(packet.trim_start.get()), frames - trimmed(packet.trim_end.get()));
                interleaved.truncate(end * *channels);
                interleaved.drain(..start.min(end) * *channels);
                Ok(Decoded::Samples { frames: interleaved.len() / *channels, channels: *channels, rate: OPUS_RATE })
            }
        }
    }
}

/// The parameters of what is at the core of HE-AAC: ordinary AAC at half the rate, which holds the voice up to 11 kHz and more. What
/// makes the upper half and the second channel of it is left out.
fn core(parameters: &AudioCodecParameters) -> AudioCodecParameters {
    let mut parameters = parameters.clone();
    if parameters.codec == CODEC_ID_AAC
        && let Some(config) = parameters.extra_data.as_deref().and_then(core_config)
    {
        parameters.extra_data = Some(Box::from(config));
        parameters.sample_rate = None;
        parameters.channels = None;
    }
    parameters
}

/// The AudioSpecificConfig (ISO 14496-3, 1.6.2.1) of the core, where it is one of HE-AAC or has an appendix that says so.
fn core_config(config: &[u8]) -> Option<[u8; 2]> {
    if config.len() < 2 {
        return None;
    }
    let bits = config.iter().take(4).fold(0_u32, |all, &byte| all << 8 | u32::from(byte));
    let bits = bits << (8 * 4_usize.saturating_sub(config.len().min(4)));
    let field = |from: u32, count: u32| bits << from >> (32 - count);
    let (object, rate, channels) = (field(0, 5), field(5, 4), field(9, 4));
    // Low complexity with an appendix, SBR, and parametric stereo; 15 is a rate in words, which no phone writes.
    let he = object == 5 || object == 29 || (object == 2 && config.len() > 2);
    if !he || rate == 15 {
        return None;
    }
    Some(((2_u16 << 11) | (rate as u16) << 7 | (channels as u16) << 3).to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_core_of_he_aac_is_plain_aac_at_half_the_rate() {
        // 22.05 kHz mono: low complexity; with SBR to 44.1 kHz told first, and behind.
        let plain = [0x13, 0x88];
        assert_eq!(core_config(&plain), None);
        assert_eq!(core_config(&[0x2b, 0x8a, 0x08, 0x00]), Some(plain));
        assert_eq!(core_config(&[0x13, 0x88, 0x56, 0xe5, 0xa0]), Some(plain));
        assert_eq!(core_config(&[0xeb, 0x8a, 0x08, 0x00]), Some(plain));
        assert_eq!(core_config(&[]), None);
    }
}
