import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const LAUNCHER = fileURLToPath(new URL('../bin/holdfast.mjs', import.meta.url))

export type Answer = { readonly code: number | null; readonly stdout: string; readonly stderr: string }
export type RunOptions = { cwd?: string; env?: Record<string, string>; user?: boolean; node?: string }

/** The real program with a home of its own in a folder that disposing removes; fails when an rclone is left behind. */
export type CommandLine = AsyncDisposable & {
  readonly dir: string
  at(name: string): string
  start(args: readonly string[], options?: RunOptions): ChildProcess
  run(args: readonly string[], options?: RunOptions): Promise<Answer>
  /** As `run`, with --json; the parsed document. */
  json<T>(args: readonly string[], options?: RunOptions): Promise<Answer & { readonly document: T }>
  /** Command lines of rclone children that belong to this home. */
  rclones(): string[]
}

export const PASSPHRASE = 'correct horse'
/** What is compiled is the same for every home. */
const { NODE_COMPILE_CACHE } = process.env
const codeCache = NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE }
export const isRoot = process.getuid?.() === 0

export function openCommandLine(): CommandLine {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-cli-'))
  chmodSync(dir, 0o755)
  writeFileSync(join(dir, 'passphrase'), `${PASSPHRASE}\nignored second line\n`)
  const shared = join(dir, 'shared')
  mkdirSync(shared)
  chmodSync(shared, 0o777)
  const at = (name: string) => join(dir, name)

  function start(args: readonly string[], options: RunOptions = {}): ChildProcess {
    const user = options.user === true && isRoot ? { uid: 65534, gid: 65534 } : {}
    return spawn(options.node ?? process.execPath, [LAUNCHER, ...args], {
      ...user,
      cwd: options.cwd ?? dir,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...{ PATH: process.env.PATH ?? '', ...codeCache },
        HOME: options.user === true ? shared : dir,
        HOLDFAST_HOME: options.user === true ? join(shared, 'home') : at('home'),
        ...options.env,
      },
    })
  }
  async function run(args: readonly string[], options: RunOptions = {}): Promise<Answer> {
    const child = start(args, options)
    const [stdout, stderr, [code]] = await Promise.all([
      child.stdout === null ? '' : text(child.stdout),
      child.stderr === null ? '' : text(child.stderr),
      once(child, 'close'),
    ])
    return { code, stdout, stderr }
  }
  function rclones(): string[] {
    const all = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8', maxBuffer: 1e8 }).split('\n')
    return all.filter((line) => line.includes('rcd') && line.includes(dir))
  }

  return {
    dir,
    at,
    start,
    run,
    async json(args, options) {
      const answer = await run([...args, '--json'], options)
      return { ...answer, document: JSON.parse(answer.stdout || 'null') }
    },
    rclones,
    async [Symbol.asyncDispose]() {
      const left = rclones()
      execFileSync('chmod', ['-R', 'u+rwx', dir])
      rmSync(dir, { recursive: true, force: true })
      if (left.length > 0) throw new Error(`rclone was left behind: ${left.join('\n')}`)
    },
  }
}

/** Everything that a tree is, as text to compare: names, kinds, modes, owners, sizes, times to 1 µs, links, content. */
export function describeTree(dir: string, options: { owners?: boolean } = {}): string {
  if (!existsSync(dir)) throw new Error(`there is no ${dir}`)
  const owner = options.owners === true ? '%U:%G ' : ''
  const format = `%P\\0%y %m ${owner}%s %T@ %n %l\\n\\0`
  const listing = execFileSync(
    'find',
    [
      '.',
      '(',
      '-type',
      'd',
      '-printf',
      format.replace('%s', '-').replace('%n', '-'),
      ')',
      '-o',
      '-printf',
      format,
    ],
    {
      cwd: dir,
      encoding: 'latin1',
      maxBuffer: 1e8,
    },
  )
  const entries = listing.split('\n\0').map((entry) => entry.replace(/(\.[0-9]{6})[0-9]+/, '$1'))
  const sums = execFileSync('find', ['.', '-type', 'f', '-execdir', 'sha256sum', '-z', '--', '{}', '+'], {
    cwd: dir,
    encoding: 'latin1',
    maxBuffer: 1e8,
  })
  return [...entries.sort(), ...sums.split('\0').sort()].join('\n')
}
