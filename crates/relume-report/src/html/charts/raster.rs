//! Pictures of pixels, as part of the page.

use crate::samples::base64;
use maud::{Markup, html};
use png::{BitDepth, ColorType, Compression, Encoder};

/// The colours of a picture of sizes, from the smallest to the largest: dark to light on light and dark ground, as
/// spectrograms are drawn.
const LADDER: [[u8; 3]; 7] = [
    [0x14, 0x17, 0x1f],
    [0x20, 0x37, 0x4c],
    [0x25, 0x5e, 0x78],
    [0x34, 0x8e, 0x91],
    [0x71, 0xbc, 0x93],
    [0xc0, 0xdf, 0x98],
    [0xfb, 0xf3, 0xb4],
];

/// A picture of pixels, row by row: bytes of grey, or of red, green and blue.
pub(crate) fn picture(width: usize, height: usize, channels: usize, pixels: &[u8], label: &str) -> Markup {
    let colour = if channels == 1 {
        ColorType::Grayscale
    } else {
        ColorType::Rgb
    };
    img(
        width,
        height,
        &encoded(width, height, colour, None, pixels),
        label,
    )
}

/// A picture of sizes over time: `values` step by step, the first channel at the bottom.
pub(crate) fn spectrum(steps: usize, channels: usize, values: &[u8], label: &str) -> Markup {
    let rows = (0..channels).rev();
    let pixels: Vec<u8> = rows
        .flat_map(|c| (0..steps).map(move |step| values[step * channels + c]))
        .collect();
    let palette: Vec<u8> = (0..=255).flat_map(colour).collect();
    let picture = encoded(steps, channels, ColorType::Indexed, Some(palette), &pixels);
    img(steps, channels, &picture, label)
}

fn img(width: usize, height: usize, png: &[u8], label: &str) -> Markup {
    html! {
        img class="raster" width=(width) height=(height) alt=(label) src={ "data:image/png;base64," (base64(png)) };
    }
}

/// A PNG of these bytes, one or three for a pixel.
fn encoded(
    width: usize,
    height: usize,
    colour: ColorType,
    palette: Option<Vec<u8>>,
    pixels: &[u8],
) -> Vec<u8> {
    let mut png = Vec::new();
    let mut encoder = Encoder::new(&mut png, width as u32, height as u32);
    encoder.set_color(colour);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::High);
    if let Some(palette) = palette {
        encoder.set_palette(palette);
    }
    encoder
        .write_header()
        .and_then(|mut writer| writer.write_image_data(pixels))
        .expect("memory takes everything, and there are as many bytes as pixels");
    png
}

/// Between the two nearest colours of the ladder.
fn colour(level: usize) -> [u8; 3] {
    let place = level as f64 / 255.0 * (LADDER.len() - 1) as f64;
    let below = (place as usize).min(LADDER.len() - 2);
    let share = place - below as f64;
    let (low, high) = (LADDER[below], LADDER[below + 1]);
    std::array::from_fn(|k| (f64::from(low[k]) * (1.0 - share) + f64::from(high[k]) * share).round() as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(png: &[u8]) -> Vec<u8> {
        let mut decoder = png::Decoder::new(std::io::Cursor::new(png));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().expect("a PNG");
        let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
        let frame = reader.next_frame(&mut pixels).expect("its pixels");
        pixels.truncate(frame.buffer_size());
        pixels
    }

    #[test]
    fn pixels_come_back_from_the_file() {
        let grey = [0, 128, 255, 7, 9, 200];
        assert_eq!(decoded(&encoded(3, 2, ColorType::Grayscale, None, &grey)), grey);
        assert_eq!(decoded(&encoded(1, 2, ColorType::Rgb, None, &grey)), grey);
    }

    #[test]
    fn the_ladder_ends_in_its_ends_and_gets_lighter() {
        assert_eq!((colour(0), colour(255)), (LADDER[0], LADDER[6]));
        let light = |level| colour(level).map(u32::from).iter().sum::<u32>();
        assert!((0..255).all(|level| light(level) <= light(level + 1)));
    }

    #[test]
    fn time_runs_to_the_right_and_the_first_channel_is_at_the_bottom() {
        let palette: Vec<u8> = (0..=255).flat_map(colour).collect();
        let markup = spectrum(2, 2, &[0, 50, 100, 255], "two").into_string();
        let expected = encoded(2, 2, ColorType::Indexed, Some(palette), &[50, 255, 0, 100]);
        assert!(markup.contains(&base64(&expected)));
    }
}
