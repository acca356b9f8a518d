import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { buffer } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { type CommandLine, openCommandLine } from './command-line.ts'

describe('holdfast find, versions, diff and cat', () => {
  it('answer over several snapshots', async () => {
    await using cli = openCommandLine()
    const content = randomBytes(3_000_000)
    mkdirSync(cli.at('src/sub'), { recursive: true })
    writeFileSync(cli.at('src/Report one.txt'), 'first')
    writeFileSync(cli.at('src/sub/big'), content)
    symlinkSync('sub', cli.at('src/link'))
    await cli.run(['vault', 'create', 'vault', '--plain'])
    const first = await backUp(cli)
    writeFileSync(cli.at('src/Report one.txt'), 'second time')
    writeFileSync(cli.at('src/report two.txt'), 'x')
    const second = await backUp(cli)
    rmSync(cli.at('src/Report one.txt'))
    const third = await backUp(cli)
    const from = ['--from', 'vault']

    const found = await cli.json<Record<string, unknown>[]>(['find', 'report', ...from])
    expect(found).toMatchObject({ code: 0, stderr: '' })
    expect(found.document).toMatchObject([
      { path: 'src/Report one.txt', kind: 'file', size: 11, snapshots: [first, second], count: 2 },
      { path: 'src/report two.txt', kind: 'file', size: 1, snapshots: [second, third], count: 2 },
    ])
    const few = await cli.run(['find', '*.TXT', ...from, '--limit', '1'])
    expect(few.stdout.trim().split('\n')).toHaveLength(1)
    expect(few.stderr).toContain('There is more')
    expect(await cli.json(['find', 'nothing', ...from])).toMatchObject({ code: 0, document: [] })

    const path = 'src/Report one.txt'
    const versions = await cli.json<{ snapshot: string; change: string; size?: number }[]>([
      'versions',
      path,
      ...from,
    ])
    expect(versions.document.map(({ snapshot, change, size }) => [snapshot, change, size])).toEqual([
      [first, 'added', 5],
      [second, 'changed', 11],
      [third, 'removed', undefined],
    ])
    const big = await cli.run(['versions', 'src/sub/big', ...from, '--all'])
    expect(big.stdout.match(/ same /g)).toHaveLength(2)
    expect(await cli.run(['versions', 'src/never', ...from])).toMatchObject({ code: 1, stdout: '' })

    const diff = await cli.json<{ entries: { change: string; path: string }[]; totals: object }>([
      'diff',
      first,
      third,
      ...from,
    ])
    expect(diff.document.entries.map((one) => `${one.change} ${one.path}`)).toEqual([
      'removed src/Report one.txt',
      'added src/report two.txt',
    ])
    expect(diff.document.totals).toMatchObject({
      added: { entries: 1, bytes: 1 },
      removed: { entries: 1, bytes: 5 },
    })
    expect((await cli.run(['diff', first, 'latest', ...from, '--path', 'src/sub'])).stdout).toBe(
      'No difference.\n',
    )
    expect((await cli.run(['diff', first, second, ...from])).stdout).toContain(
      'M src/Report one.txt  (5 bytes -> 11 bytes)',
    )

    const old = await cli.run(['cat', path, ...from, '--snapshot', first])
    expect(old).toEqual({ code: 0, stdout: 'first', stderr: '' })
    const child = cli.start(['cat', 'src/sub/big', ...from])
    if (child.stdout === null) throw new Error('no output')
    const [bytes, [code]] = await Promise.all([buffer(child.stdout), once(child, 'close')])
    expect(code).toBe(0)
    expect(bytes.equals(content)).toBe(true)

    expect(await cli.run(['cat', path, ...from, '--json'])).toMatchObject({ code: 2 })
    for (const [wrong, expected, word] of [
      ['src/link', 2, 'a link'],
      ['src/never', 1, 'nothing'],
    ] as const) {
      const answer = await cli.run(['cat', wrong, ...from])
      expect(answer).toMatchObject({ code: expected, stdout: '' })
      expect(answer.stderr).toContain(word)
    }
  })

  it('end quietly when nobody reads on', async () => {
    await using cli = openCommandLine()
    mkdirSync(cli.at('src'))
    writeFileSync(cli.at('src/big'), randomBytes(20_000_000))
    await cli.run(['vault', 'create', 'vault', '--plain'])
    await backUp(cli)
    const child = cli.start(['cat', 'src/big', '--from', 'vault'])
    let stderr = ''
    child.stderr?.on('data', (chunk) => {
      stderr += String(chunk)
    })
    child.stdout?.once('data', () => child.stdout?.destroy())
    const [code] = await once(child, 'close')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  })
})

async function backUp(cli: CommandLine): Promise<string> {
  return (await cli.json<{ snapshot: string }>(['backup', 'src', '--to', 'vault'])).document.snapshot
}
