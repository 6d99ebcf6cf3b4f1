import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** Two pseudo terminals that are joined: what one gets the other gives. */
export interface PtyPair {
  /** Stands for a serial port of this machine. */
  readonly port: string;
  /** Its other end. */
  readonly far: string;
  /** Pulls the cable out. */
  unplug(): Promise<void>;
}

/** Joins two pseudo terminals in a folder by socat. `address` may be another of socat's addresses for the far end. */
export async function openPtyPair(folder: string, address?: string): Promise<PtyPair> {
  const [port, far] = [join(folder, 'port'), join(folder, 'far')];
  const end = (link: string): string => `pty,raw,echo=0,link=${link}`;
  const socat = spawn('socat', [end(port), address ?? end(far)], { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => {
    socat.on('close', () => resolve());
    socat.on('error', () => resolve());
  });
  for (let tries = 0; !existsSync(port) || (address === undefined && !existsSync(far)); tries++) {
    if (tries > 500) throw new Error('socat made no pseudo terminals');
    await wait(10);
  }
  return {
    port,
    far,
    unplug: async () => {
      socat.kill();
      await ended;
    },
  };
}
