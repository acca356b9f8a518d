import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * A program that answers `docker inspect`, `stop` and `start` as docker's own does, for machines where no engine runs.
 * Containers are files; the words of each call are kept.
 */
export function makeDocker(dir: string, running: readonly string[]) {
  const bin = join(dir, 'bin')
  const up = join(dir, 'up')
  const calls = join(dir, 'calls')
  mkdirSync(bin, { recursive: true })
  mkdirSync(up)
  writeFileSync(calls, '')
  for (const name of running) writeFileSync(join(up, name), '')
  const script = `#!/bin/sh
for last; do :; done
[ "$1" = inspect ] || echo "$1 $last" >> ${calls}
case "$last" in no-*) echo "Error response from daemon: No such container: $last" >&2; exit 1;; esac
case "$1" in
  inspect) if [ -e "${up}/$last" ]; then echo true; else echo false; fi;;
  stop) rm -f "${up}/$last"; echo "$last";;
  start) : > "${up}/$last"; echo "$last";;
  *) exit 2;;
esac
`
  writeFileSync(join(bin, 'docker'), script, { mode: 0o755 })
  return {
    path: `${bin}:${process.env.PATH ?? ''}`,
    running: () => readdirSync(up).sort(),
    calls: () => readFileSync(calls, 'utf8').split('\n').slice(0, -1),
  }
}
