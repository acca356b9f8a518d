import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { freePort } from './free-port.ts'

/** A server that runs for one test file. `remote` has the options of an rclone remote that reaches it. */
export type TestServer = AsyncDisposable & {
  readonly remote: Record<string, string>
  readonly port: number
  /** The folder that the server serves, on this machine. */
  readonly root: string
}

/** A program of the system, or an error that says how to get it: a missing one fails a test and never skips it. */
export function requireProgram(name: string, debianPackage: string): string {
  for (const folder of ['/usr/sbin', '/usr/bin', '/usr/local/sbin', '/usr/local/bin', '/sbin', '/bin']) {
    const file = join(folder, name)
    try {
      accessSync(file, constants.X_OK)
      return file
    } catch {
      // Not here: the next folder may have it.
    }
  }
  throw new Error(`These tests need ${name}. Install it, for example with: apt-get install ${debianPackage}`)
}

/**
 * Starts a server in the foreground and resolves when it accepts connections on a loopback port. A port that someone
 * else took meanwhile is tried again with another one. It ends with this process where the system can do that.
 */
export async function startServer(
  command: (port: number) => Promise<readonly [string, ...string[]]>,
): Promise<{ port: number; stop: () => Promise<void> }> {
  let said = ''
  for (let round = 0; round < 5; round += 1) {
    const port = await freePort()
    const child = spawnWithParentDeath(await command(port))
    said = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-2000)
    })
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
    const stop = async () => {
      await withoutChildren(child.pid ?? 0)
      child.kill('SIGKILL')
      await ended
    }
    if (await accepts(port, child)) return { port, stop }
    await stop()
  }
  throw new Error(`The server does not start: ${said}`)
}

/** A server that ends before the children it waits for leaves them to a system that may never do so. Linux only. */
async function withoutChildren(pid: number): Promise<void> {
  for (let waitedMs = 0; waitedMs < 3000; waitedMs += 25) {
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'latin1').catch(() => '')
    if (children === '') return
    await wait(25)
  }
}

function spawnWithParentDeath(command: readonly [string, ...string[]]): ChildProcess {
  const [program, ...args] = [...parentDeathCommand(), ...command]
  return spawn(program ?? '', args, { stdio: ['ignore', 'ignore', 'pipe'] })
}

function parentDeathCommand(): string[] {
  const command = ['setpriv', '--pdeathsig', 'TERM', '--']
  try {
    execFileSync('setpriv', [...command.slice(1), 'true'], { stdio: 'ignore' })
    return command
  } catch {
    // Then a killed test run leaves its servers behind.
    return []
  }
}

async function accepts(port: number, child: ChildProcess): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < 10_000; waitedMs += 25) {
    if (child.exitCode !== null || child.signalCode !== null) return false
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1')
      socket.once('connect', () => {
        socket.destroy()
        resolve(true)
      })
      socket.once('error', () => resolve(false))
    })
    if (open) return true
    await wait(25)
  }
  return false
}
