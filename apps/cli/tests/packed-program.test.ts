import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { describeTree, openCommandLine, PASSPHRASE } from './command-line.ts'

const run = promisify(execFile)

describe('the program in the vault', { timeout: 300_000 }, () => {
  it('is taken out with the passphrase alone, and brings everything back with no key, registry or rclone there', async () => {
    await using cli = openCommandLine()
    mkdirSync(cli.at('src/deep'), { recursive: true })
    writeFileSync(cli.at('src/letter.txt'), 'Dear Bob,')
    writeFileSync(cli.at('src/deep/picture.jpg'), Buffer.alloc(300_000, 'sea'))
    const passphrase = { HOLDFAST_PASSPHRASE: PASSPHRASE }
    await cli.run(['vault', 'create', 'vault'], { env: passphrase })
    await cli.run(['backup', 'src', '--to', 'vault'], { env: passphrase })
    const stored = await cli.json<{ set: string; bytes: number }>(['vault', 'program', 'vault', '--store'], {
      env: passphrase,
    })
    expect(stored).toMatchObject({ code: 0, stderr: '' })
    expect(stored.document.bytes).toBeLessThan(140e6)

    const nothing = {
      ...passphrase,
      ...{ HOLDFAST_HOME: cli.at('new-home'), npm_config_registry: 'http://127.0.0.1:9/' },
    }
    const taken = await cli.json(['vault', 'program', 'vault', '--to', 'program'], { env: nothing })
    expect(taken).toMatchObject({
      code: 0,
      document: { set: stored.document.set, run: cli.at('program/holdfast') },
    })

    // Nothing on the search path: what runs is what came out of the vault.
    const env = { ...nothing, HOME: cli.dir, PATH: cli.at('empty') }
    const options = { cwd: cli.dir, env, encoding: 'utf8' } as const
    const holdfast = cli.at('program/holdfast')
    const list = await run(holdfast, ['snapshots', '--from', 'vault', '--json'], options)
    expect(JSON.parse(list.stdout)).toHaveLength(1)
    await run(holdfast, ['restore', '--from', 'vault', '--snapshot', 'latest', '--to', 'back'], options)
    expect(describeTree(cli.at('back/src'))).toBe(describeTree(cli.at('src')))

    const agent = spawn(holdfast, ['agent'], {
      ...{ cwd: cli.dir, stdio: 'ignore' },
      env: { ...env, HOLDFAST_HOME: cli.at('agent-home'), HOLDFAST_PORT: '0', HOLDFAST_SERVICE: 'off' },
    })
    await serving(agent, cli.at('agent-home/agent.json'))
    const status = await run(holdfast, ['status', '--json'], {
      ...options,
      env: { ...env, HOLDFAST_HOME: cli.at('agent-home') },
    }).catch((error: unknown) => error)
    expect(JSON.stringify(status)).toContain('state')
    const ended = once(agent, 'exit')
    agent.kill()
    expect((await ended)[0]).toBe(0)
  })
})

/** Resolves when the agent says where it is; rejects when it ends before. */
async function serving(agent: ChildProcess, file: string): Promise<void> {
  while (!existsSync(file) || readFileSync(file, 'utf8') === '') {
    if (agent.exitCode !== null) throw new Error(`the agent ended with ${agent.exitCode}`)
    await wait(50)
  }
}
