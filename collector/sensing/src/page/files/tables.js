// What a table is of, by the names of its columns. Its numbers are read by the server alone, which gave the names, too.

/** A name in small letters with its unit behind it, as the server compares them: "Time (s)" is time_s. */
function plain(name) {
  const [, text, unit] = /^["'\s]*([^([]*?)\s*(?:[([]\s*(.*?)\s*[)\]])?["'\s]*$/.exec(name.toLowerCase()) ?? ['', name, undefined];
  const ending = { s: '_s', sec: '_s', seconds: '_s', ms: '_ms', us: '_us', 'µs': '_us', ns: '_ns', g: '_g', mg: '_mg' }[unit] ?? '';
  return text.trim().replace(/[ ./-]/g, '_') + ending;
}

/** The columns that a table of a card must name: one of each list. */
const needed = (card) => card.dataset.columns.split(';').map((names) => names.split(' '));

const lines = (text) => text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/).filter((line) => line.trim() !== '' && !line.startsWith('#'));

/** `{kinds, rows}`: the cards that a table fits, `motion`, `heart`, both or none, and how many lines of numbers it has. */
export function tableOf(text, cards) {
  const all = lines(text);
  if (/^sep=/i.test(all[0] ?? '')) all.shift();
  const written = (all[0] ?? '').split(/[,;\t|]/);
  const names = written.map(plain);
  const isNumber = /^-?\d[\d.]*$/.test(written[0].trim());
  // Without a header it is of an Empatica E4, a column of intervals or the packets of a strap.
  if (isNumber) return { kinds: [names.length === 3 ? 'motion' : 'heart'], rows: all.length };
  const fits = (card) => needed(card).every((list) => list.some((name) => names.includes(name)));
  return { kinds: cards.filter(fits).map((card) => card.dataset.kind), rows: all.length - 1 };
}
