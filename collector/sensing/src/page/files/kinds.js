// What a file is, by its first bytes: its name and what the browser makes of that say little.

const text = (bytes, at, length) => String.fromCharCode(...bytes.subarray(at, at + length));

/** `{kind, name}`: kind is `picture`, `sound`, `table` or `other`, name is for people. */
export async function kindOf(file) {
  const bytes = new Uint8Array(await file.slice(0, 4096).arrayBuffer());
  const begins = (letters, at = 0) => text(bytes, at, letters.length) === letters;
  const is = (kind, name) => ({ kind, name });
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return is('picture', 'a JPEG picture');
  if (begins('\x89PNG')) return is('picture', 'a PNG picture');
  if (begins('RIFF') && begins('WEBP', 8)) return is('picture', 'a WebP picture');
  if (begins('RIFF') && begins('WAVE', 8)) return is('sound', 'a WAV sound');
  if (begins('RIFF')) return is('other', 'a film: take one picture of it');
  if (begins('fLaC')) return is('sound', 'a FLAC sound');
  if (begins('OggS')) return is('sound', 'an OGG sound');
  // A UTF-16 text begins with bytes that could begin an MP3 frame, but letters of a heading in UTF-16 have a zero each.
  const marked = (bytes[0] === 0xff && bytes[1] === 0xfe && bytes[3] === 0) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  if (begins('ID3') || (!marked && bytes[0] === 0xff && (bytes[1] & 0xe0) === 0xe0)) return is('sound', 'an MP3 or AAC sound');
  if (begins('\x1aE\xdf\xa3')) return is('sound', 'a WebM recording');
  if (begins('ftyp', 4)) {
    const brand = text(bytes, 8, 4);
    if (/^(heic|heix|heim|heis|hevc|mif1|msf1|avif)$/.test(brand)) {
      return is('other', 'a HEIC or AVIF picture: save it as JPEG, or take it with the camera set to “most compatible”');
    }
    return is('sound', 'an M4A sound');
  }
  if (begins('GIF8')) return is('other', 'a GIF picture: save it as PNG or JPEG');
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return is('other', 'a packed file: unpack it first');
  if (begins('%PDF')) return is('other', 'a PDF');
  if (begins('PK\x03\x04')) return is('other', 'a ZIP archive: unpack it first');
  // A table is text: no byte of it is zero, but for UTF-16, which begins with its mark.
  return marked || !bytes.includes(0) ? is('table', 'a text') : is('other', 'of a kind that is not read here');
}

/** The text of a file, in UTF-8, or in UTF-16 where it begins with that mark. */
export async function textOf(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const mark = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8';
  return new TextDecoder(mark).decode(bytes);
}
