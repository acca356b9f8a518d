import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AgentConfig } from '../src/start-agent.ts'

/** systemctl as far as the agent asks it: it keeps what is enabled, writes down each call, and fails when told to. */
const SYSTEMCTL = `#!/bin/sh
cd "$(dirname "$0")" || exit 1
echo "$*" >>calls
while [ "\${1#--}" != "$1" ]; do shift; done
if [ -e "fail-$1" ]; then cat "fail-$1" >&2; exit 1; fi
case $1 in
enable) touch enabled ;;
disable) rm -f enabled ;;
start) touch active ;;
show)
  if [ -e masked ]; then echo LoadState=masked; else echo LoadState=loaded; fi
  if [ -e enabled ]; then echo UnitFileState=enabled; else echo UnitFileState=; fi
  if [ -e active ]; then echo ActiveState=active; else echo ActiveState=inactive; fi ;;
esac
`
const LOGINCTL = `#!/bin/sh
cd "$(dirname "$0")" || exit 1
echo "loginctl $*" >>calls
if [ -e may-linger ]; then touch linger/ada; else echo "Access denied" >&2; exit 1; fi
`

/**
 * The service settings of a user on a machine with a stand-in for systemd, which lies in `<root>/systemd` with its
 * state: files `enabled`, `active`, `masked`, `may-linger`, `fail-<verb>` and `calls`.
 */
export async function testService(root: string, home: string): Promise<NonNullable<AgentConfig['service']>> {
  const dir = join(root, 'systemd')
  await mkdir(join(dir, 'linger'), { recursive: true })
  for (const [name, text] of [
    ['systemctl', SYSTEMCTL],
    ['loginctl', LOGINCTL],
  ] as const) {
    await writeFile(join(dir, name), text)
    await chmod(join(dir, name), 0o755)
  }
  return {
    otherUnit: false,
    system: {
      ...{ platform: 'linux', scope: 'user', userName: 'ada', uid: 1000 },
      ...{ systemctl: join(dir, 'systemctl'), loginctl: join(dir, 'loginctl') },
      environment: { PATH: process.env.PATH ?? '' },
      unitFile: join(root, 'config', 'systemd', 'user', 'holdfast.service'),
      ...{ bootedDir: dir, lingerDir: join(dir, 'linger') },
    },
    command: {
      ...{ program: process.execPath, args: ['/opt/holdfast/main.ts'], home, userHome: root },
      ...{ path: process.env.PATH ?? '', environment: {}, leftOut: [] },
    },
  }
}
