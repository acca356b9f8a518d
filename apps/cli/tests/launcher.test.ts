import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { openCommandLine } from './command-line.ts'

/** The machine's own Node, where it is older than the one that Holdfast brings along. */
const OLD_NODE = '/usr/bin/node'
const isOld = existsSync(OLD_NODE) && nodeMajor(OLD_NODE) < 24

describe.runIf(isOld)('the launcher, started by an older Node', () => {
  it('passes on arguments that are no text, answers and exit code', async () => {
    await using cli = openCommandLine()
    const name = Buffer.concat([Buffer.from(`${cli.dir}/`), Buffer.from([0x62, 0xff])])
    mkdirSync(name)
    await cli.run(['vault', 'create', 'vault', '--plain'], { node: OLD_NODE })
    const launcher = new URL('../bin/holdfast.mjs', import.meta.url).pathname
    const out = execFileSync(
      'sh',
      ['-c', '"$1" "$2" backup b* --to vault --json', 'sh', OLD_NODE, launcher],
      {
        cwd: cli.dir,
        env: { PATH: process.env.PATH, HOLDFAST_HOME: cli.at('home') },
        encoding: 'utf8',
      },
    )
    expect(JSON.parse(out)).toMatchObject({ outcome: 'complete' })
    expect(await cli.run(['nonsense'], { node: OLD_NODE })).toMatchObject({ code: 2 })
  })

  it('passes an interrupt on, and takes everything along when it is killed', async () => {
    await using cli = openCommandLine()
    mkdirSync(cli.at('src'))
    execFileSync('sh', ['-c', 'for i in 1 2 3 4 5 6 7 8; do head -c 50000000 /dev/urandom > $i; done'], {
      cwd: cli.at('src'),
    })
    await cli.run(['vault', 'create', 'vault', '--plain'])
    for (const [signal, expected] of [
      ['SIGINT', 130],
      ['SIGKILL', null],
    ] as const) {
      const child = cli.start(['backup', 'src', '--to', 'vault'], { node: OLD_NODE })
      for (let i = 0; i < 400 && cli.rclones().length === 0; i += 1) await wait(25)
      child.kill(signal)
      const [code] = await once(child, 'exit')
      expect(code).toBe(expected)
      for (let i = 0; i < 200 && cli.rclones().length > 0; i += 1) await wait(50)
      expect(cli.rclones()).toEqual([])
    }
  })
})

function nodeMajor(node: string): number {
  return Number(execFileSync(node, ['--version'], { encoding: 'utf8' }).slice(1).split('.')[0])
}
