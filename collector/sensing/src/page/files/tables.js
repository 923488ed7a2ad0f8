// CSV of motion and of heartbeats to what the API takes. A mistake is thrown as an Error whose message names the line.

const MOTION = {
  time: ['timestamp', 'time', 'time_s', 't'],
  x: ['x', 'ax', 'x_acc', 'acc_x'], y: ['y', 'ay', 'y_acc', 'acc_y'], z: ['z', 'az', 'z_acc', 'acc_z'],
  gx: ['gx', 'x_gyro', 'gyro_x'], gy: ['gy', 'y_gyro', 'gyro_y'], gz: ['gz', 'z_gyro', 'gyro_z'],
};
const HEART = ['rr_ms', 'rr', 'ibi_ms', 'ibi'];

function rows(text) {
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/);
  const header = (lines[0] ?? '').split(/[,;\t]/).map((name) => name.trim().replace(/^"|"$/g, '').toLowerCase());
  const cells = lines.slice(1).map((line, i) => ({ line: i + 2, cells: line.split(/[,;\t]/) }));
  return { header, rows: cells.filter((row) => row.cells.some((cell) => cell.trim() !== '')) };
}

function read({ line, cells }, column, name) {
  const text = (cells[column] ?? '').trim().replace(/^"|"$/g, '');
  const value = Number(text);
  if (text === '' || !Number.isFinite(value)) throw new Error(`Line ${line}: “${name}” is no number.`);
  return value;
}

/** Whether a header is that of heartbeats. */
export const isHeart = (text) => rows(text.slice(0, 4096)).header.some((name) => HEART.includes(name));

/** `{samples, seconds, millis}`: the samples as the API takes them, how long they last, whether times were milliseconds. */
export function motion(text) {
  const table = rows(text);
  const column = (names) => table.header.findIndex((name) => names.includes(name));
  const at = Object.fromEntries(Object.entries(MOTION).map(([name, names]) => [name, column(names)]));
  for (const name of ['time', 'x', 'y', 'z']) {
    if (at[name] < 0) throw new Error(`The first line must name the columns timestamp,x,y,z; “${MOTION[name][0]}” is missing.`);
  }
  if (table.rows.length < 2) throw new Error('There is no motion below the first line.');
  const turns = at.gx >= 0 && at.gy >= 0 && at.gz >= 0;
  const axes = (row, x, y, z) => ({ x: read(row, at[x], x), y: read(row, at[y], y), z: read(row, at[z], z) });
  const samples = table.rows.map((row) => ({
    timestamp: read(row, at.time, 'timestamp'),
    acceleration: axes(row, 'x', 'y', 'z'),
    ...(turns ? { gyroscope: axes(row, 'gx', 'gy', 'gz') } : {}),
  }));
  // No sensor of motion is slower than one sample a second: such steps are milliseconds.
  const steps = samples.slice(1, 101).map((sample, i) => sample.timestamp - samples[i].timestamp).sort((a, b) => a - b);
  const millis = steps[Math.floor(steps.length / 2)] >= 1;
  if (millis) for (const sample of samples) sample.timestamp /= 1000;
  return { samples, millis, seconds: samples.at(-1).timestamp - samples[0].timestamp };
}

/** `{intervals, seconds}`: milliseconds between beats. */
export function heart(text) {
  const table = rows(text);
  const column = table.header.findIndex((name) => HEART.includes(name));
  if (column < 0) throw new Error('The first line must name a column rr_ms.');
  const intervals = table.rows.map((row) => read(row, column, 'rr_ms'));
  if (intervals.length === 0) throw new Error('There are no beats below the first line.');
  return { intervals, seconds: intervals.reduce((sum, rr) => sum + rr, 0) / 1000 };
}
