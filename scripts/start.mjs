// `npm start`: installs what is missing, builds the screens, starts the agent. Plain JavaScript for Node 20, because
// on a fresh clone nothing else is there yet.
import { spawn } from 'node:child_process'
import { homedir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildWeb } from './build-web.mjs'
import { findOrInstallRclone } from './find-or-install-rclone.mjs'
import { installDependencies } from './install-dependencies.mjs'
import { runStep } from './run-step.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

try {
  const path = installDependencies(root)
  // The agent's own rule for its home (apps/agent/src/config.ts), needed before anything of it can run.
  const dataDir = process.env.XDG_DATA_HOME ?? join(homedir(), '.local', 'share')
  const home = process.env.HOLDFAST_HOME ?? join(dataDir, 'holdfast')
  const rclone = await findOrInstallRclone(path, join(home, 'bin'))
  runStep(root, path, ['node', 'scripts/generate-prisma.mjs'])
  buildWeb(root, path)
  process.exitCode = await runAgent(`${path}${delimiter}${dirname(rclone)}`, process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

/** Runs the agent on Node 24 in the foreground; resolves to its exit code, 128 + n when a signal ended it. */
async function runAgent(path, args) {
  const node = join(root, 'node_modules', '.bin', 'node')
  // A small young generation, few of malloc's arenas, and large pieces given back: less memory is held;
  // docs/performance.md.
  const agent = spawn(
    node,
    ['--max-semi-space-size=2', join(root, 'apps', 'agent', 'src', 'main.ts'), ...args],
    {
      env: { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '131072', ...process.env, PATH: path },
      stdio: 'inherit',
    },
  )
  // A terminal sends Ctrl-C to the agent as well; passing it on would ask it twice to stop.
  const passOn = (signal) => {
    if (signal !== 'SIGINT' || !process.stdin.isTTY) agent.kill(signal)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, passOn)
  return await new Promise((resolve, reject) => {
    agent.on('error', (cause) => reject(new Error(`The agent can't be started: ${cause.message}`, { cause })))
    agent.on('exit', (code, signal) =>
      resolve(code ?? 128 + ({ SIGINT: 2, SIGTERM: 15, SIGHUP: 1 }[signal] ?? 9)),
    )
  })
}
