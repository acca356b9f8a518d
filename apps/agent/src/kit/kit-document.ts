import { Document, type DocumentProps, View } from '@react-pdf/renderer'
import { createElement as h, type ReactElement, type ReactNode } from 'react'
import { SOFT } from '../reports/paper-words.ts'
import { MONO } from '../reports/report-fonts.ts'
import { command, facts, head, notes, say, section, sheetOf, step } from './kit-paper-parts.ts'
import { qrSquare } from './qr-square.ts'

/** What the printed kit shows: nothing of it opens the vault. */
export type KitPaper = {
  readonly vault: string
  readonly vaultName: string
  readonly encrypted: boolean
  /** As a person types it, `/folder` or `name:path`. */
  readonly place: string
  /** How its remotes are reached, without any secret, each a line. */
  readonly remotes: readonly string[]
  readonly machines: readonly string[]
  readonly made: string
  readonly notes: readonly string[]
  /** The sealed kit as texts for QR codes. */
  readonly parts: readonly string[]
}

const TITLE = { fontSize: 15, fontWeight: 700, lineHeight: 1.2, marginBottom: 4 }
const CODES_PER_PAGE = 6
const GROUP = 5
const GROUPS_PER_LINE = 13

/** From `kit.txt` to `kit.json` by python3 alone; docs/restore-by-hand.md has the same. */
const BY_PYTHON = `python3 -c 'import re,sys,zlib,base64
t = re.sub(r"\\s", "", sys.stdin.read()).upper()
p = dict(re.findall(r"KIT:1:(\\d+)/\\d+:\\w+:\\w+:([A-Z2-7]+)\\.", t))
d = "".join(p[k] for k in sorted(p, key=int))
print(zlib.decompress(base64.b32decode(d + "=" * (-len(d) % 8))).decode())' < kit.txt > kit.json`

/** The recovery kit on paper: what to do, the codes, and the codes as text to type. */
export function kitDocument(kit: KitPaper, paper: 'a4' | 'letter'): ReactElement<DocumentProps> {
  const title = `Recovery kit of ${kit.vaultName}`
  const size = paper === 'a4' ? 'A4' : 'LETTER'
  const footer = `Holdfast recovery kit · vault ${kit.vault.slice(0, 8)} · made ${kit.made}`
  const count = kit.parts.length
  const sheets = Array.from({ length: Math.ceil(count / CODES_PER_PAGE) }, (_, i) =>
    kit.parts.slice(i * CODES_PER_PAGE, (i + 1) * CODES_PER_PAGE),
  )
  return h(
    Document,
    { title, author: 'Holdfast', language: 'en' },
    sheetOf({ size, footer, name: 'first' }, [firstPage(kit)]),
    ...sheets.map((parts, i) =>
      sheetOf({ size, footer, name: `codes ${i}` }, [
        say(`The kit, as ${count === 1 ? 'a code' : `${count} codes`}`, TITLE),
        say(
          'Scan each with the camera of any phone, in any order. It shows a text that begins with HOLDFAST-KIT.',
          { color: SOFT },
        ),
        h(
          View,
          {
            style: { flexDirection: 'row', flexWrap: 'wrap', justifyContent: 'space-between', marginTop: 8 },
          },
          ...parts.map((part, at) => code(part, { number: i * CODES_PER_PAGE + at + 1, count })),
        ),
      ]),
    ),
    sheetOf({ size, footer, name: 'typed' }, [
      say('The same, to type', TITLE),
      say(
        'Only when the codes can not be read. Spaces, line ends and small letters do not matter; there is no 0, 1, 8 or 9 in the groups. A wrong sign is noticed, and which part it is in.',
        { color: SOFT },
      ),
      ...kit.parts.map((part, i) => typed(part, { number: i + 1, count })),
    ]),
  )
}

function firstPage(kit: KitPaper): ReactNode {
  const { encrypted, parts } = kit
  const codes = parts.length === 1 ? 'the code' : `all ${parts.length} codes`
  return h(
    View,
    {},
    head('Recovery kit', kit.vaultName),
    say(
      encrypted
        ? 'With these pages and the passphrase, another machine brings everything back. Without the passphrase they open nothing. Keep them away from the machine, and the passphrase elsewhere.'
        : 'With these pages another machine brings everything back. The vault is plain: whoever reaches it can read it.',
      { marginTop: 8 },
    ),
    facts([
      ['The vault lies at', [kit.place, ...kit.remotes]],
      ['Vault', [kit.vault]],
      [kit.machines.length === 1 ? 'Machine' : 'Machines', kit.machines],
      ['Made', [kit.made]],
      ...(encrypted
        ? ([
            ['Passphrase', ['The one of that day. It is not on these pages, and nobody can reset it.']],
          ] as const)
        : []),
    ]),
    notes('Not in the kit', kit.notes),
    section('On the last day', [
      step(1, 'Get Holdfast onto another machine. In its folder:', 'npm start'),
      step(
        2,
        `Scan ${codes} on the next pages, and put the texts into one file, kit.txt; or paste them in the browser, under Recover a machine.`,
      ),
      step(3, 'With the file:', 'holdfast recover --kit-text kit.txt'),
      step(
        4,
        encrypted
          ? 'It asks for the passphrase, shows what is in the vault, and changes nothing before you say so.'
          : 'It shows what is in the vault, and changes nothing before you say so.',
      ),
    ]),
    section('Without Holdfast', [
      say(
        'With rclone, zstd, tar, openssl and python3 of any Linux distribution. Make the remote anew with rclone config, unless the vault is a folder. README.txt in the vault holds a script: save it as restore.py.',
      ),
      command(`rclone cat ${quoted(kit.place, 'README.txt')}`),
      command(`python3 restore.py ${quoted(kit.place)} latest back`),
      say('The codes hold copies of the vault’s key files, should they be lost there:', { marginTop: 4 }),
      command(BY_PYTHON),
    ]),
  )
}

function code(part: string, { number, count }: { number: number; count: number }): ReactNode {
  return h(
    View,
    { key: number, wrap: false, style: { width: '49%', alignItems: 'center', marginBottom: 2 } },
    qrSquare(part, 212),
    say(`Code ${number} of ${count}`, { fontSize: 9, fontWeight: 700, marginTop: -6 }),
  )
}

function typed(part: string, { number, count }: { number: number; count: number }): ReactNode {
  const end = part.lastIndexOf(':') + 1
  const groups = part.slice(end).match(new RegExp(`.{1,${GROUP}}`, 'g')) ?? []
  const lines = Array.from({ length: Math.ceil(groups.length / GROUPS_PER_LINE) }, (_, i) =>
    groups.slice(i * GROUPS_PER_LINE, (i + 1) * GROUPS_PER_LINE).join(' '),
  )
  return h(
    View,
    { key: number, wrap: false, style: { marginTop: 10 } },
    say(`Part ${number} of ${count}`, { fontSize: 9, fontWeight: 700 }),
    ...[part.slice(0, end), ...lines].map((line, i) =>
      say(line, { fontFamily: MONO, fontSize: 8.6, lineHeight: 1.25 }, { key: i }),
    ),
  )
}

/** For a shell. */
function quoted(place: string, name?: string): string {
  const path = name === undefined ? place : `${place}${/[:/]$/.test(place) ? '' : '/'}${name}`
  return /^[\w./:@-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`
}
