import { Document, type DocumentProps, View } from '@react-pdf/renderer'
import { createElement as h, type ReactElement } from 'react'
import { MONO } from '../reports/report-fonts.ts'
import { command, facts, head, notes, say, section, sheetOf, step } from './kit-paper-parts.ts'
import { qrSquare } from './qr-square.ts'

/** What the emergency sheet shows, in clear: whoever holds it opens the vault. */
export type SheetPaper = {
  readonly vault: string
  readonly vaultName: string
  readonly place: string
  readonly made: string
  readonly passphrase: string
  /** The remote of `rcloneConf` that is the vault, opened. */
  readonly opensAs: string
  /** A whole rclone.conf. */
  readonly rcloneConf: string
  readonly notes: readonly string[]
}

/** Bigger codes are not read reliably off paper. */
const CODE_AT_MOST = 1300
const RED = '#b3372e'

/** The clear emergency sheet: the passphrase, and all that rclone needs to open the vault without it. */
export function sheetDocument(sheet: SheetPaper, paper: 'a4' | 'letter'): ReactElement<DocumentProps> {
  const size = paper === 'a4' ? 'A4' : 'LETTER'
  const footer = `Holdfast emergency sheet · SECRET · vault ${sheet.vault.slice(0, 8)} · made ${sheet.made}`
  return h(
    Document,
    { title: `Emergency sheet of ${sheet.vaultName}`, author: 'Holdfast', language: 'en' },
    sheetOf({ size, footer, name: 'first' }, [
      head('Emergency sheet', sheet.vaultName),
      h(
        View,
        { style: { borderWidth: 1.5, borderColor: RED, borderRadius: 4, padding: 9, marginTop: 10 } },
        say('Whoever reads this sheet can read and delete every backup in the vault.', {
          fontWeight: 700,
          color: RED,
        }),
        say(
          'Keep it where you keep your will: in a safe, with a notary. Do not photograph it or send it. When it was lost, change the passphrase and the remote’s credentials; what rclone needs (below) can not be changed, so make a new vault.',
        ),
      ),
      facts([
        ['The vault lies at', [sheet.place]],
        ['Vault', [sheet.vault]],
        ['Made', [sheet.made]],
      ]),
      section('Passphrase', [
        h(
          View,
          { style: { borderWidth: 1, borderColor: RED, borderRadius: 3, padding: 8, marginTop: 3 } },
          say(sheet.passphrase, { ...fontFor(sheet.passphrase), fontSize: 13, fontWeight: 700 }),
        ),
      ]),
      section('With Holdfast', [
        step(1, 'On another machine, in the folder of Holdfast:', 'npm start'),
        step(2, 'Choose Recover a machine, give the recovery kit or the place above, and the passphrase.'),
      ]),
      section('Without Holdfast, without the passphrase', [
        step(1, 'Save what stands under “rclone.conf” as a file of this name: scan the code, or type it.'),
        step(2, 'Fetch the vault, opened:', `rclone --config rclone.conf copy ${sheet.opensAs}:packs packs`),
        step(
          3,
          'Unpack every version of every file:',
          `find packs -name '*.tar.zst' -exec sh -c 'zstd -dc "$1" | tar x' _ {} \\;`,
        ),
        step(4, 'One snapshot exactly needs the passphrase: README.txt in the vault tells how.'),
      ]),
      notes('Not on this sheet', sheet.notes),
    ]),
    sheetOf({ size, footer, name: 'conf' }, [
      say('rclone.conf', { fontSize: 15, fontWeight: 700, lineHeight: 1.2, marginBottom: 4 }),
      sheet.rcloneConf.length > CODE_AT_MOST
        ? null
        : h(View, { style: { alignItems: 'center' } }, qrSquare(sheet.rcloneConf, 360)),
      command(sheet.rcloneConf),
    ]),
  )
}

/** l and 1, O and 0 must not be taken for each other; other scripts are not in that font. */
function fontFor(text: string): { fontFamily?: string } {
  return /^[ -~]*$/.test(text) ? { fontFamily: MONO } : {}
}
