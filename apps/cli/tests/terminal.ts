import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { CommandLine } from './command-line.ts'

const LAUNCHER = fileURLToPath(new URL('../bin/holdfast.mjs', import.meta.url))
const WAIT_AT_MOST_MS = 60_000

/** A real terminal with a shell in it; disposing closes it and whatever runs there. */
export type Terminal = Disposable & {
  /** Starts it again, on a cleared screen. */
  start(): void
  /** Types keys as tmux names them: `r`, `Down`, `C-c`. */
  press(...keys: string[]): void
  /** What stands on the screen; with `styles` also the sequences that paint it. */
  screen(options?: { styles?: boolean }): string
  /** Waits until the screen fits, and answers with it. */
  shows(pattern: RegExp): Promise<string>
  resize(columns: number, rows: number): void
  /** What the shell's terminal is set to. */
  settings(): string
  /** The process that runs `top`. */
  pid(): number
}

/** Opens a terminal whose shell starts `holdfast top`, and says `exit CODE` when that has ended. */
export function openTop(
  cli: CommandLine,
  { columns = 100, rows = 30, env = {} }: { columns?: number; rows?: number; env?: Record<string, string> },
): Terminal {
  const socket = join(cli.dir, `tmux-${columns}x${rows}`)
  const tmux = (...args: string[]) =>
    execFileSync('tmux', ['-S', socket, '-f', '/dev/null', ...args], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH ?? '', HOME: cli.dir, LANG: 'C.UTF-8', SHELL: '/bin/sh' },
    })
  const variables = { HOME: cli.dir, HOLDFAST_HOME: cli.at('home'), PS1: 'ready ', ...env }
  const assigned = Object.entries(variables).map(([name, value]) => `${name}=${value}`)
  const size = ['-x', String(columns), '-y', String(rows)]
  tmux('-u', 'new-session', '-d', ...size, 'env', ...assigned, '/bin/sh')
  const start = () =>
    void tmux(
      'send-keys',
      `clear; echo before; '${process.execPath}' '${LAUNCHER}' top; echo exit $?`,
      'Enter',
    )
  start()

  const screen: Terminal['screen'] = ({ styles = false } = {}) =>
    tmux('capture-pane', '-p', ...(styles ? ['-e'] : []))
  const tty = () => tmux('display-message', '-p', '#{pane_tty}').trim()
  return {
    screen,
    start,
    press: (...keys) => void tmux('send-keys', ...keys),
    resize: (x, y) => void tmux('resize-window', '-x', String(x), '-y', String(y)),
    async shows(pattern) {
      for (let waitedMs = 0; waitedMs < WAIT_AT_MOST_MS; waitedMs += 50) {
        const text = screen()
        if (pattern.test(text)) return text
        await wait(50)
      }
      throw new Error(`The screen never showed ${pattern}:\n${screen()}`)
    },
    settings: () => execFileSync('stty', ['-F', tty(), '-a'], { encoding: 'utf8' }),
    pid() {
      const all = execFileSync('ps', ['-t', tty(), '-o', 'pid=,args='], { encoding: 'utf8' }).split('\n')
      const found = all.find((entry) => /\btop$/.test(entry) && !/\bsh\b/.test(entry))
      return Number(found?.trim().split(' ')[0])
    },
    [Symbol.dispose]: () => void tmux('kill-server'),
  }
}
