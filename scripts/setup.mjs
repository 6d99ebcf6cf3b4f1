#!/usr/bin/env node
// Installs what Kiln needs and says what and why. Runs before `npm ci`, so it uses nothing but Node.js itself, and this
// first file stays readable for a Node.js that is too old for the rest.
import process from 'node:process';

var NEEDED_NODE = 20;
var major = Number(process.versions.node.split('.')[0]);
if (major < NEEDED_NODE) {
  console.error(
    'error E-NODE-VERSION: Node.js: expected version ' +
      NEEDED_NODE +
      ' or later, found ' +
      process.versions.node +
      '. ' +
      'Install a newer one:\n  ' +
      (process.platform === 'darwin' ? 'brew install node@22' : nodeLine()),
  );
  process.exit(3);
}
import('./setup/main.mjs').then(function (setup) {
  return setup.main(process.argv.slice(2));
});

function nodeLine() {
  return 'curl -fsSL https://deb.nodesource.com/setup_22.x | sudo -E bash - && sudo apt-get install -y nodejs';
}
