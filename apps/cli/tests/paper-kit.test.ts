import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { readPdfCodes } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { openCommandLine, PASSPHRASE } from './command-line.ts'
import { startAgent } from './start-agent.ts'

const KEY = ['--passphrase-file', 'passphrase'] as const
const textOf = (pdf: string) => execFileSync('pdftotext', ['-layout', pdf, '-'], { encoding: 'utf8' })

it('brings a lost machine back by nothing but printed codes and the passphrase', {
  timeout: 240_000,
}, async () => {
  await using cli = openCommandLine()
  mkdirSync(cli.at('ann'))
  writeFileSync(cli.at('ann/letter'), 'Dear reader.')
  {
    await using _agent = await startAgent(cli)
    await cli.json(['plan', 'add', 'Home', 'ann', '--to', 'vault', '--manual', ...KEY])
    await cli.json(['run', 'Home', '--follow'])
    expect(await cli.json(['kit', 'save'])).toMatchObject({ code: 2, document: { error: { code: 'USAGE' } } })
    const saved = await cli.json(['kit', 'save', 'kit.json', '--pdf', 'kit.pdf'])
    expect(saved).toMatchObject({ code: 0, document: { out: 'kit.json', pdf: 'kit.pdf' } })
    expect(statSync(cli.at('kit.pdf')).mode & 0o777).toBe(0o600)
    expect(await cli.json(['kit', 'status'])).toMatchObject({ document: [{ savedAt: expect.any(String) }] })
  }
  const kit = readFileSync(cli.at('kit.json'), 'utf8')
  rmSync(cli.at('home'), { recursive: true })
  rmSync(cli.at('ann'), { recursive: true })
  rmSync(cli.at('kit.json'))

  const printed = textOf(cli.at('kit.pdf'))
  expect(printed).toContain(cli.at('vault'))
  expect(printed).toContain('holdfast recover --kit-text kit.txt')
  expect(printed).toContain(JSON.parse(kit).vault)
  expect(printed).not.toContain(PASSPHRASE)

  const codes = await readPdfCodes(cli.at('kit.pdf'))
  expect(codes.length).toBeGreaterThan(1)
  expect(codes.every((code) => /^HOLDFAST-KIT:1:\d+\/\d+:/.test(code))).toBe(true)
  const [first = '', ...rest] = codes
  writeFileSync(cli.at('rest.txt'), rest.toReversed().join('\n'))
  expect(await cli.json(['recover', '--kit-text', 'rest.txt', '--list', ...KEY])).toMatchObject({
    code: 1,
    document: { error: { code: 'KIT_DAMAGED', message: expect.stringContaining('missing: 1') } },
  })
  expect(await cli.json(['recover', 'kit.pdf', '--list', ...KEY])).toMatchObject({
    document: { error: { code: 'INPUT_INVALID', message: expect.stringContaining('printed page') } },
  })
  writeFileSync(cli.at('first.txt'), first.toLowerCase())
  const texts = ['--kit-text', 'rest.txt', '--kit-text', 'first.txt']
  const back = await cli.json(['recover', ...texts, '--take-over', '--in-place', ...KEY])
  expect(back).toMatchObject({ code: 0, document: { how: 'take-over', plans: [{ name: 'Home' }] } })
  expect(readFileSync(cli.at('ann/letter'), 'utf8')).toBe('Dear reader.')
})

it('gives what is typed off the page, and by python3 alone, the same kit', { timeout: 120_000 }, async () => {
  await using cli = openCommandLine()
  mkdirSync(cli.at('docs'))
  writeFileSync(cli.at('docs/a'), 'a')
  await using _agent = await startAgent(cli)
  await cli.json(['plan', 'add', 'Docs', 'docs', '--to', 'vault', '--manual', ...KEY])
  expect(await cli.json(['kit', 'save', 'kit.json', '--pdf', 'kit.pdf', '--paper', 'letter'])).toMatchObject({
    code: 0,
  })
  const typed = textOf(cli.at('kit.pdf'))
  writeFileSync(cli.at('kit.txt'), typed.slice(typed.indexOf('The same, to type')))
  const script = /python3 -c '(.*?)' < kit\.txt/s.exec(typed)?.[1] ?? ''
  const byPython = execFileSync('python3', ['-c', script.replace(/^ +/gm, '')], {
    input: (await readPdfCodes(cli.at('kit.pdf'))).join('\n'),
    encoding: 'utf8',
  })
  expect(JSON.parse(byPython)).toEqual(JSON.parse(readFileSync(cli.at('kit.json'), 'utf8')))
  const list = await cli.json(['recover', '--kit-text', 'kit.txt', '--list', ...KEY], {
    env: { HOLDFAST_HOME: cli.at('second') },
  })
  expect(list).toMatchObject({ code: 0, document: { kitMade: expect.any(String) } })
})

it('writes the clear sheet only when told, to whoever knows the passphrase, and rclone opens the vault by it', {
  timeout: 120_000,
}, async () => {
  await using cli = openCommandLine()
  mkdirSync(cli.at('docs'))
  writeFileSync(cli.at('docs/a'), 'the content')
  writeFileSync(cli.at('wrong'), 'not it\n')
  await using _agent = await startAgent(cli)
  await cli.json(['plan', 'add', 'Docs', 'docs', '--to', 'vault', '--manual', ...KEY])
  await cli.json(['run', 'Docs', '--follow'])
  expect(await cli.json(['kit', 'sheet', 'sheet.pdf', ...KEY])).toMatchObject({
    code: 2,
    document: { error: { message: expect.stringContaining('delete every backup') } },
  })
  expect(
    await cli.json(['kit', 'sheet', 'sheet.pdf', '--clear', '--passphrase-file', 'wrong']),
  ).toMatchObject({ code: 4, document: { error: { code: 'LOCKED' } } })
  const done = await cli.run(['kit', 'sheet', 'sheet.pdf', '--clear', ...KEY])
  expect(done).toMatchObject({ code: 0 })
  expect(`${done.stdout}${done.stderr}`).not.toContain(PASSPHRASE)
  expect(statSync(cli.at('sheet.pdf')).mode & 0o777).toBe(0o600)
  expect(textOf(cli.at('sheet.pdf'))).toContain(PASSPHRASE)

  const [conf = ''] = await readPdfCodes(cli.at('sheet.pdf'))
  writeFileSync(cli.at('rclone.conf'), conf)
  const steps = textOf(cli.at('sheet.pdf'))
  const [copy = ''] = /rclone --config .*/.exec(steps) ?? []
  const [unpack = ''] = /find packs .*/.exec(steps) ?? []
  mkdirSync(cli.at('plain'))
  execFileSync('sh', ['-c', `${copy.replace('rclone.conf', '../rclone.conf')} && ${unpack}`], {
    cwd: cli.at('plain'),
  })
  expect(readFileSync(cli.at('plain/docs/a'), 'utf8')).toBe('the content')

  const { document } = await cli.json<{ entries: { act: string }[] }>(['audit'])
  expect(JSON.stringify(document)).toContain('kit.sheet')
  expect(JSON.stringify(document)).not.toContain(PASSPHRASE)
})
