import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { freePort } from '@holdfast/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CommandLine, openCommandLine } from './command-line.ts'
import { type Block, blocksOf, documents, ROOT, scriptOf } from './documented-blocks.ts'
import { startAgent } from './start-agent.ts'
import { openTypingShell, type TypingShell } from './typing-shell.ts'

/** Blocks that are no commands. */
const FIGURES: Readonly<Record<string, string>> = {
  "docs/architecture.md: clock rings -> Bree starts the plan's job -> run -> scan -> chunk -> pack -> upload (rclone)":
    'a drawing',
  'docs/architecture.md: domain -> zod, croner': 'a list',
  'docs/architecture.md: npm start ── agent (main thread: HTTP, tRPC, Prisma, Bree, supervisor)': 'a drawing',
  'docs/metrics.md: scrape_configs:': 'settings of Prometheus',
  'docs/vault-format.md: master key': 'a list',
  'docs/vault-format.md: frame*': 'a list',
  'docs/vault-format.md: {"pack":"packs/…","size":bytes,"kind":"data"|"meta","frames":[[offset,length,raw length],…],':
    'a form',
  'docs/vault-format.md: frame': 'a list',
}

/** Blocks that other tests run, which read the document or hold each of its lines. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'docs/cli.md: source <(holdfast completion bash)': 'apps/cli/tests/completion.test.ts',
  'docs/restore-by-hand.md: rclone cat nas:backup/README.txt > README.txt':
    'apps/cli/tests/restore-by-hand.test.ts',
  'docs/restore-by-hand.md: mkdir all': 'apps/cli/tests/restore-by-hand.test.ts',
  'docs/restore-by-hand.md: find . -name \'*.part\' -type d -exec sh -c \'cat "$1"/* > "${1%.part}"\' _ {} \\;':
    'apps/cli/tests/restore-by-hand.test.ts',
  "docs/restore-by-hand.md: python3 -c 'import re,sys,zlib,base64": 'apps/cli/tests/restore-by-hand.test.ts',
  "docs/restore-by-hand.md: python3 -c 'import json, os": 'apps/cli/tests/restore-by-hand.test.ts',
}

/** Blocks that no test can run as they stand, and why. That their commands exist is looked at all the same. */
const NOT_RUN: Readonly<Record<string, string>> = {
  'README.md: npm start': 'installs and builds for minutes, and the other one is what runs this test',
  'docs/hooks.md: psql -d NEW -f postgresql-shop.sql':
    'wants servers; packages/host/src/hooks restores dumps into real ones with the same commands',
  'docs/service.md: holdfast service install':
    'would change what this machine starts; service.test.ts runs them against a systemctl of its own',
}

/** Everything that the documents take for granted. */
type World = { readonly cli: CommandLine; readonly sh: TypingShell }

/** The others run here, each as it stands but for places, addresses and ports. */
const RUN: Readonly<Record<string, (world: World, script: string, block: Block) => Promise<void>>> = {
  'README.md: ln -s "$PWD/apps/cli/bin/holdfast.mjs" ~/.local/bin/holdfast': async ({ cli, sh }, script) => {
    mkdirSync(cli.at('.local/bin'), { recursive: true })
    expect(await sh(`cd ${ROOT}\n${script}\n~/.local/bin/holdfast --version`)).toMatch(/^\d+\.\d+/)
  },
  'README.md: holdfast snapshots --from /mnt/disk/vault': async ({ cli, sh }, script) => {
    const said = await sh(script.replaceAll('/mnt/disk/vault', cli.at('vault')))
    expect(said).toMatch(/complete +1 /)
    expect(readFileSync(cli.at('restored/ann/letter'), 'utf8')).toBe('dear reader')
  },
  'docs/cli.md: npm run --silent holdfast -- COMMAND': async ({ sh }, script) => {
    expect(
      (await sh(`cd ${ROOT}\n${script.replaceAll('COMMAND', 'snapshots --help')}`)).match(/--from/g),
    ).toHaveLength(2)
  },
  'docs/hooks.md: holdfast plan edit Shop --hook postgresql:shop,user=backup --hook docker:web --hook after:tell-me':
    async ({ sh }, script) => {
      const [edit = '', password = ''] = script.split('\n')
      await sh(`holdfast hook add tell-me -- true\n${edit}`)
      await sh(password, {
        typed: ['database: ', 'again: '].map((question) => ({ question, answer: 'secret' })),
      })
      expect(await sh('holdfast plan show Shop')).toMatch(
        /postgresql:shop,user=backup.*docker:web.*after:tell-me/s,
      )
    },
  'docs/hooks.md: holdfast hook add stop-mail -- systemctl stop dovecot': async ({ sh }, script) => {
    expect(await sh(script)).toContain('systemctl stop dovecot')
  },
  'docs/hooks.md: { "version": 1, "commands": [{ "id": "stop-mail", "command": ["systemctl", "stop", "dovecot"] }] }':
    async ({ sh, cli }, _script, { lines }) => {
      writeFileSync(cli.at('home/hooks.json'), lines.join('\n'), { mode: 0o600 })
      expect(await sh('holdfast hook list')).toContain('systemctl stop dovecot')
    },
  'docs/lan.md: holdfast pair https://<machine>.local:8443 CODE': async ({ cli, sh }, script) => {
    type Lan = { serving: { origin: string; fingerprint: string } }
    const { serving } = (await cli.json<Lan>(['lan'])).document
    // Its own name resolves on a home network only; the certificate is good for this one too.
    const origin = `https://localhost:${new URL(serving.origin).port}`
    const { code } = (await cli.json<{ code: string }>(['device', 'pair-code'])).document
    const here = script.replaceAll('https://<machine>.local:8443', origin).replace('CODE', code)
    const said = await sh(`${here}\nholdfast status`, {
      typed: [{ question: '[y/N] ', answer: 'y' }],
      home: 'laptop',
    })
    expect(said).toContain(serving.fingerprint)
    const [verdict = ''] = (await sh('holdfast status')).split('\n')
    expect(said.split(verdict)).toHaveLength(3)
  },
  'docs/metrics.md: holdfast metrics token': async ({ sh }, script) => {
    const [first = '', ...rest] = script.split('\n')
    await sh(first)
    expect(await sh('holdfast metrics --json')).toContain('"on": true')
    await sh(rest.join('\n'))
    expect(await sh('holdfast metrics --json')).toContain('"on": false')
  },
  "docs/embedding.md: import { readConfig, startAgent } from '@holdfast/agent'": async (
    { cli },
    _script,
    { lines },
  ) => {
    const program = `${lines.join('\n')}\nconsole.log(new URL(agent.address).protocol)`
      .replace('/srv/app/holdfast', cli.at('embedded'))
      .replace('HOLDFAST_HOME', "HOLDFAST_PORT: '0', HOLDFAST_HOME")
    const args = ['--input-type=module-typescript', '-e', program]
    const said = execFileSync(process.execPath, args, {
      cwd: join(ROOT, 'apps/cli'),
      encoding: 'utf8',
      timeout: 60_000,
    })
    expect(said).toBe('http:\n')
  },
  'docs/embedding.md: HOLDFAST_RCLONE_RC_URL=http://127.0.0.1:5572': async () => {},
  'docs/embedding.md: rclone rcd --rc-addr 127.0.0.1:5572 --rc-user … --rc-pass … --rc-serve \\': async (
    _world,
    _script,
    block,
  ) => {
    await using other = openCommandLine()
    const port = await freePort()
    const filled = (text: string) => text.replaceAll('5572', String(port)).replaceAll('…', 'known')
    const [settings] = blocksOf(block.document).filter(({ name }) => name.includes('RC_URL='))
    if (settings === undefined) throw new Error('no settings')
    const env = Object.fromEntries(
      scriptOf(settings)
        .split('\n')
        .map((line) => filled(line).split('=', 2)),
    )
    const env0 = { PATH: process.env.PATH, HOME: other.dir, RCLONE_CONFIG: other.at('own.conf') }
    // Not `rclone` in bash, which would be left behind when that is killed.
    const rclone = spawn('bash', ['-c', `exec ${filled(block.lines.join('\n'))}`], {
      env: env0,
      stdio: 'ignore',
    })
    try {
      await using _agent = await startAgent(other, env)
      mkdirSync(other.at('docs'))
      writeFileSync(other.at('docs/a'), 'a')
      const plan = ['plan', 'add', 'Docs', 'docs', '--to', 'vault', '--plain', '--manual']
      expect(await other.run(plan)).toMatchObject({ code: 0 })
      expect(await other.run(['run', 'Docs', '--follow'])).toMatchObject({ code: 0 })
      expect(other.rclones()).toEqual([])
    } finally {
      rclone.kill()
    }
  },
  'docs/recovery.md: holdfast recover kit.json --take-over --in-place --map /home/ann=/home/bob': async (
    { cli, sh },
    script,
  ) => {
    await sh('holdfast kit save kit.json')
    const here = script.replace('/home/ann', cli.at('ann')).replace('/home/bob', cli.at('bob'))
    await sh(here, { home: 'new-home' })
    expect(readFileSync(cli.at('bob/letter'), 'utf8')).toBe('dear reader')
  },
}

const BLOCKS = documents().flatMap(blocksOf)

describe('what the documents show on lines of their own', () => {
  test('is a figure, is run here or by another test, or stands with its reason among what is not run', () => {
    const known = [FIGURES, ELSEWHERE, NOT_RUN, RUN].flatMap((some) => Object.keys(some))
    expect(known.toSorted()).toEqual(BLOCKS.map(({ name }) => name).toSorted())
  })

  test.each(BLOCKS.filter(({ name }) => ELSEWHERE[name] !== undefined))('$name is run elsewhere', (block) => {
    const text = readFileSync(join(ROOT, ELSEWHERE[block.name] ?? ''), 'utf8')
    if (!text.includes(block.document))
      for (const line of scriptOf(block).split('\n')) if (line !== '') expect(text).toContain(line.trim())
  })

  test('npm’s scripts that are named are there, and what `npm start` is told it takes', () => {
    const code = documents().flatMap((document) => {
      const text = readFileSync(join(ROOT, document), 'utf8')
      const inline = [...text.matchAll(/`(npm [^`]+)`/g)].map(([, words = '']) => words)
      return [...inline, ...blocksOf(document).flatMap((block) => scriptOf(block).split('\n'))]
    })
    const scripts = code.flatMap((line) => {
      const [, name, workspace = ''] =
        /^npm (?:run (?:--silent )?)?([a-z:-]+)(?: -w @holdfast\/(\w+))?/.exec(line) ?? []
      return name === undefined ? [] : [{ name, folder: workspace === '' ? '.' : `apps/${workspace}` }]
    })
    expect(scripts.length).toBeGreaterThan(10)
    for (const { name, folder } of scripts)
      expect(
        Object.keys(JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')).scripts),
        `npm run ${name}`,
      ).toContain(name)
    const flags = code.flatMap((line) => /^npm start -- (.+)$/.exec(line)?.[1]?.split(' ') ?? [])
    const agent = spawnSync(
      process.execPath,
      [join(ROOT, 'apps/agent/src/main.ts'), ...new Set(flags), '--no-such'],
      { encoding: 'utf8', timeout: 30_000 },
    )
    expect([flags.length > 1, agent.status, agent.stderr]).toEqual([
      true,
      78,
      expect.stringContaining('--no-such'),
    ])
  })

  test('a link leads to a file, and to a heading of it', () => {
    const dead = documents().flatMap((document) => {
      const text = readFileSync(join(ROOT, document), 'utf8')
      const targets = [...text.matchAll(/\]\(([^)\s]+)\)|(?:src|href)="([^"]+)"/g)]
      return targets.flatMap(([, link = '', attribute = link]) => {
        if (/^\w+:/.test(attribute)) return []
        const [path = '', heading] = attribute.split('#')
        const file = path === '' ? document : join(dirname(document), path)
        if (!existsSync(join(ROOT, file))) return [`${document}: ${attribute}`]
        if (heading === undefined) return []
        const slugs = [...readFileSync(join(ROOT, file), 'utf8').matchAll(/^#+ (.+)$/gm)].map(
          ([, title = '']) =>
            title
              .toLowerCase()
              .replace(/[^\w\s-]/g, '')
              .replaceAll(' ', '-'),
        )
        return slugs.includes(heading) ? [] : [`${document}: ${attribute}`]
      })
    })
    expect(dead).toEqual([])
  })
})

describe('what the documents tell to type, typed', () => {
  let cli: CommandLine
  let agent: AsyncDisposable
  let world: World
  beforeAll(async () => {
    cli = openCommandLine()
    world = { cli, sh: openTypingShell(cli) }
    mkdirSync(cli.at('ann'))
    writeFileSync(cli.at('ann/letter'), 'dear reader')
    agent = await startAgent(cli, { HOLDFAST_LAN: '1', HOLDFAST_LAN_PORT: '0', HOLDFAST_LAN_HELP_PORT: '0' })
    await world.sh('holdfast plan add Shop ann --to vault --manual\nholdfast run Shop --follow')
  }, 120_000)
  afterAll(async () => {
    await agent?.[Symbol.asyncDispose]()
    await cli?.[Symbol.asyncDispose]()
  })

  test.each(BLOCKS.filter(({ name }) => RUN[name] !== undefined))(
    '$name',
    { timeout: 120_000 },
    async (block) => {
      await RUN[block.name]?.(world, scriptOf(block), block)
    },
  )
})
