// Loaded into the command before itself: the UCI archive is then at KILN_TEST_ARCHIVE, on this machine.
import process from 'node:process';

const ARCHIVE = 'https://archive.ics.uci.edu/';
const realFetch = globalThis.fetch;

globalThis.fetch = (input, options) =>
  realFetch(String(input).replace(ARCHIVE, process.env['KILN_TEST_ARCHIVE'] ?? ARCHIVE), options);
