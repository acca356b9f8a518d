import { spawnSync } from 'node:child_process'

/** Runs a program at the root under `path` and shows its words. Throws an Error with a sentence when it fails. */
export function runStep(root, path, [program, ...args]) {
  const ran = spawnSync(program, args, {
    cwd: root,
    env: { ...process.env, PATH: path, TURBO_TELEMETRY_DISABLED: '1', NEXT_TELEMETRY_DISABLED: '1' },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (ran.error !== undefined)
    throw new Error(`${program} can't be started: ${ran.error.message}`, { cause: ran.error })
  if (ran.status !== 0)
    throw new Error(`${[program, ...args].join(' ')} failed with ${ran.status ?? ran.signal}.`)
}
