use attune_protocol::registry::Modality;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// On what ground a picture is drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// Dark ink on white.
    Light,
    /// Light ink on near black.
    Dark,
}

/// Colours of one theme. Lines and areas differ in lightness as well as in hue, so that people who see few hues can
/// tell them apart; each line also has a row of its own.
struct Palette {
    ground: &'static str,
    ink: &'static str,
    muted: &'static str,
    grid: &'static str,
    track: &'static str,
    hatch: &'static str,
    stress: &'static str,
    attention: &'static str,
    overall: &'static str,
    valence: &'static str,
    modalities: [&'static str; 4],
}

const LIGHT: Palette = Palette {
    ground: "#ffffff",
    ink: "#17202a",
    muted: "#55616e",
    grid: "#dfe4e9",
    track: "#f3f5f7",
    hatch: "#c5ccd3",
    stress: "#c2410c",
    attention: "#0b63b5",
    overall: "#0f766e",
    valence: "#86348f",
    modalities: ["#004488", "#b98300", "#7189a0", "#bb5566"],
};

const DARK: Palette = Palette {
    ground: "#0f151c",
    ink: "#e9eef3",
    muted: "#a3b2c1",
    grid: "#26323f",
    track: "#17202a",
    hatch: "#3b4a59",
    stress: "#ff9d6c",
    attention: "#6cb6ff",
    overall: "#4fd1b5",
    valence: "#dc9be6",
    modalities: ["#5b9be6", "#eecc66", "#9db3c7", "#f08a9b"],
};

impl Theme {
    const fn palette(self) -> &'static Palette {
        match self {
            Self::Light => &LIGHT,
            Self::Dark => &DARK,
        }
    }
}

impl Palette {
    const fn modality(&self, modality: Modality) -> &'static str {
        let [face, voice, motion, heart] = self.modalities;
        match modality {
            Modality::Face => face,
            Modality::Voice => voice,
            Modality::Motion => motion,
            Modality::Heart => heart,
            Modality::CheckIn | Modality::Text => self.ink,
        }
    }

    /// The rules that give colours to the picture's classes.
    fn rules(&self) -> String {
        let lines = [
            ("stress", self.stress),
            ("attention", self.attention),
            ("overall", self.overall),
            ("valence", self.valence),
        ];
        let mut rules = format!(
            ".ground{{fill:{}}}.ink{{fill:{}}}.muted{{fill:{}}}.grid{{stroke:{}}}.track{{fill:{}}}.hatch{{stroke:{}}}",
            self.ground, self.ink, self.muted, self.grid, self.track, self.hatch
        );
        for (class, colour) in lines {
            rules.push_str(&format!(".{class}-line{{stroke:{colour}}}.{class}-fill{{fill:{colour}}}"));
        }
        for modality in Modality::SENSED {
            rules.push_str(&format!(".{modality}{{fill:{}}}", self.modality(modality)));
        }
        rules
    }
}

/// What both themes share. The family that is named first is the one that PNGs are drawn with.
const SHAPES: &str = "text{font-family:Inter,system-ui,-apple-system,'Segoe UI',sans-serif;font-size:12px}\
    .strong{font-weight:600}.end{text-anchor:end}.middle{text-anchor:middle}\
    .line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}.band{fill-opacity:.16}\
    .grid{fill:none;stroke-width:1}.hatch{stroke-width:1.5}.crisp{shape-rendering:crispEdges}";

/// The style sheet of a picture. Without a theme it follows what the viewer prefers.
pub(super) fn style(theme: Option<Theme>) -> String {
    match theme {
        Some(theme) => format!("{SHAPES}{}", theme.palette().rules()),
        None => format!("{SHAPES}{}@media (prefers-color-scheme:dark){{{}}}", LIGHT.rules(), DARK.rules()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance and contrast as WCAG 2.2 defines them.
    fn contrast(one: &str, other: &str) -> f64 {
        let luminance = |colour: &str| {
            let number = u32::from_str_radix(&colour[1..], 16).expect("hexadecimal");
            let part = |shift: u32| {
                let value = f64::from((number >> shift) & 0xff) / 255.0;
                if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
            };
            0.2126 * part(16) + 0.7152 * part(8) + 0.0722 * part(0)
        };
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn text_and_lines_stand_out_from_the_ground_as_wcag_asks() {
        for theme in [Theme::Light, Theme::Dark] {
            let palette = theme.palette();
            for text in [palette.ink, palette.muted] {
                assert!(contrast(text, palette.ground) >= 4.5, "{theme:?} {text}");
            }
            let lines = [palette.stress, palette.attention, palette.overall, palette.valence];
            for line in lines.into_iter().chain(Modality::SENSED.map(|m| palette.modality(m))) {
                assert!(contrast(line, palette.track) >= 3.0, "{theme:?} {line} {}", contrast(line, palette.track));
            }
        }
    }
}
