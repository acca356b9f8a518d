import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { createTemporaryFolder } from './temporary-folder.ts'

/** A real `systemd --user` with a home, a bus and units of its own. Disposing ends it with all that it started. */
export type UserSystemd = AsyncDisposable & {
  /** The home folder of its user. */
  readonly home: string
  readonly environment: Readonly<Record<string, string>>
  /** Words before a command that let it see the machine as its services do: run by systemd. */
  readonly inside: readonly string[]
}

const SYSTEMD = '/usr/lib/systemd/systemd'
const START_AT_MOST_MS = 15_000

/**
 * Starts a user's service manager though the machine itself may not be run by systemd: in a mount namespace in which it
 * looks as if it were. Undefined where this user may not make one, or where the manager does not start.
 */
export async function startUserSystemd(): Promise<UserSystemd | undefined> {
  if (process.getuid?.() !== 0 || !existsSync(SYSTEMD)) return undefined
  await using stack = new AsyncDisposableStack()
  const { path: root } = stack.use(await createTemporaryFolder())
  const [home, runtime] = [join(root, 'home'), join(root, 'run')]
  await mkdir(home)
  await mkdir(runtime, { mode: 0o700 })
  const environment = {
    ...{ HOME: home, XDG_RUNTIME_DIR: runtime, PATH: process.env.PATH ?? '/usr/bin:/bin' },
    ...{ LC_ALL: 'C', DBUS_SESSION_BUS_ADDRESS: `unix:path=${runtime}/bus` },
  }
  const script = `mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/system && exec ${SYSTEMD} --user`
  const quiet = { SYSTEMD_LOG_TARGET: 'null', NODE_ENV: 'production' as const }
  const child: ChildProcess = spawn('unshare', ['--mount', 'sh', '-c', script], {
    env: { ...environment, ...quiet },
    stdio: 'ignore',
  })
  let gone = false
  const end = once(child, 'exit').then(() => {
    gone = true
  })
  stack.defer(async () => {
    if (!gone) child.kill('SIGTERM')
    await end
    await rm(runtime, { recursive: true, force: true })
  })
  for (let waitedMs = 0; !existsSync(join(runtime, 'systemd', 'private')); waitedMs += 50) {
    if (gone || waitedMs > START_AT_MOST_MS) return undefined
    await wait(50)
  }
  const owned = stack.move()
  const inside = ['nsenter', '--mount', '--target', String(child.pid)]
  return { home, environment, inside, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
