import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lastLines, runChild } from '../setup/run-child.mjs';
import { SetupError } from '../setup/setup-error.mjs';

/**
 * @typedef {object} Place
 * @property {string} folder  where the virtual environment stands, or is made
 * @property {string} requirements  the file with the packages' versions
 * @property {NodeJS.ProcessEnv} env  `KILN_PYTHON` names another Python than python3
 * @property {AbortSignal} signal
 * @property {(line: string) => void} say
 */

/**
 * Makes a virtual environment with the judges, unless it is there already, and gives the path of its Python.
 *
 * Errors: `E-ORACLE-PYTHON`, `E-ORACLE-VENV`, `E-ORACLE-PIP`, each with what to type. Needs no root.
 *
 * @param {Place} place
 * @returns {Promise<string>}
 */
export async function virtualEnvironment({ folder, requirements, env, signal, say }) {
  const python = join(folder, 'bin', 'python');
  const stamp = join(folder, 'kiln-requirements.sha256');
  const wanted = createHash('sha256').update(readFileSync(requirements)).digest('hex');
  if (existsSync(python) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return python;

  const system = env['KILN_PYTHON'] || 'python3';
  const found = await runChild(system, ['--version'], { signal, env });
  if (found.code !== 0) {
    const remedy =
      'Install Python 3.10 to 3.12 (on Debian and Ubuntu: python3 python3-venv), or name one in KILN_PYTHON';
    throw new SetupError('E-ORACLE-PYTHON', system, 'expected Python, found none that runs', remedy);
  }
  say(`oracle: a virtual environment of ${found.output.trim()} in ${folder}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const made = await runChild(system, ['-m', 'venv', folder], { signal, env });
  if (made.code !== 0) {
    const remedy = 'Install the module venv (on Debian and Ubuntu: apt-get install python3-venv)';
    throw new SetupError('E-ORACLE-VENV', `${system} -m venv`, lastLines(made.output, 3), remedy);
  }
  say('oracle: pip installs TensorFlow and TensorFlow Lite Micro; 300 MB to load, half a minute');
  const args = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements];
  const installed = await runChild(python, args, { signal, env });
  if (installed.code !== 0) {
    const remedy =
      'Check the network; the packages have wheels for Python 3.10 to 3.12 on x86-64: name one in KILN_PYTHON';
    throw new SetupError('E-ORACLE-PIP', 'pip install', lastLines(installed.output, 3), remedy);
  }
  writeFileSync(stamp, wanted);
  return python;
}
