import { readFileSync, statSync } from 'node:fs';

const RULES = '/etc/udev/rules.d/60-kiln.rules';
const USUAL_GROUP = 'dialout';

/** What to do where a port may not be opened: join the group that it belongs to. */
export function permissionRemedy(path: string, platform: NodeJS.Platform = process.platform): string {
  if (platform !== 'linux') return 'Check who may open the port, then run the command again';
  const join = `sudo usermod -aG ${groupOf(path)} $USER`;
  return `Join the group of the port and log in again: ${join}. Or, without logging in again: ${udevLine('tty', null)}`;
}

/**
 * The line that lets whoever sits at the machine use USB devices; udev gives the right to them in a rule numbered 73.
 *
 * Source: systemd, `73-seat-late.rules`, and `uaccess` in sd-login(3).
 */
export function udevLine(subsystem: 'tty' | 'usb', vendor: string | null): string {
  const whose = vendor === null ? '' : `, ATTRS{idVendor}=="${vendor}"`;
  const rule = `SUBSYSTEM=="${subsystem}", SUBSYSTEMS=="usb"${whose}, TAG+="uaccess"`;
  return `echo '${rule}' | sudo tee -a ${RULES} && sudo udevadm control --reload && sudo udevadm trigger`;
}

/** The name of a file's group; `dialout`, as on most systems, where it is not to be learnt or is root's. */
function groupOf(path: string): string {
  try {
    const { gid } = statSync(path);
    const line = readFileSync('/etc/group', 'utf8')
      .split('\n')
      .find((text) => text.split(':')[2] === String(gid));
    const name = line?.split(':')[0] ?? '';
    return name === '' || name === 'root' || name === 'nogroup' ? USUAL_GROUP : name;
  } catch {
    return USUAL_GROUP;
  }
}
