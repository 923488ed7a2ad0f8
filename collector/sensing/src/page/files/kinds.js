// What a file is, by its first bytes: its name and what the browser makes of that say little.

const text = (bytes, at, length) => String.fromCharCode(...bytes.subarray(at, at + length));

/** UTF-16 by its mark or, without one, by the zero that each letter of a header has in it. */
function utf16(bytes) {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[1] === 0 && bytes[3] === 0 && bytes[0] !== 0 && bytes[2] !== 0)) return 'utf-16le';
  if ((bytes[0] === 0xfe && bytes[1] === 0xff) || (bytes[0] === 0 && bytes[2] === 0 && bytes[1] !== 0 && bytes[3] !== 0)) return 'utf-16be';
  return null;
}

/** TIFF, JPEG XL and JPEG 2000. */
const picturesNotRead = ['II*\0', 'MM\0*', '\xff\x0a', '\0\0\0\x0cJXL ', '\0\0\0\x0cjP  '];

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
  const name = [
    ['FORM', 'an AIFF sound'], ['.snd', 'an AU sound'], ['caff', 'a CAF sound'], ['RIFX', 'a WAV with its bytes the other way round'],
    ['riff', 'a Wave64 sound'], ['\x30\x26\xb2\x75', 'a WMA sound'], ['#!AMR', 'an AMR sound'],
  ].find(([letters]) => begins(letters))?.[1];
  if (name) return is('other', `${name}: save it as WAV, FLAC, MP3, OGG or M4A`);
  // Text may begin with BM, too; behind it a BMP has its size and zeros.
  const bmp = begins('BM') && begins('\0\0\0\0', 6);
  if (bmp || picturesNotRead.some((letters) => begins(letters))) return is('other', 'a picture of a kind that is not read: save it as PNG or JPEG');
  // A table is text: no byte of it is zero, but for UTF-16.
  return utf16(bytes) || !bytes.includes(0) ? is('table', 'a text') : is('other', 'of a kind that is not read here');
}

/** The text of a file, in UTF-8 or in UTF-16. */
export async function textOf(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  return new TextDecoder(utf16(bytes) ?? 'utf-8').decode(bytes);
}
