import { formatBytes } from '@holdfast/domain'
import { countOf } from '#web/words/locale.ts'
import { scheduleOf, scheduleWords } from '#web/words/schedule-words.ts'
import { type Draft, needsPassphrase, opensVault, STEPS, type Step } from './draft.ts'
import { chosenTotal, isTicked } from './what.ts'

/** What is chosen so far, beside the steps where there is room; what is not chosen yet stays a dash. */
export function Summary({ draft, reached }: { draft: Draft; reached: Step }) {
  const rows = [
    ['What', whatWords(draft)],
    ['Where', draft.placeKind === 'folder' ? draft.folder : `${draft.remote}:${draft.remotePath}`],
    ['Passphrase', passphraseWords(draft)],
    ['When', scheduleWords(scheduleOf(draft.schedule, draft.timeZone))],
  ] as const
  return (
    <aside className="sticky top-11 hidden self-start rounded-card border border-line bg-card p-5 shadow-lift wide:block">
      <h2>{draft.name.trim() === '' ? 'This plan' : draft.name}</h2>
      <dl className="mt-3 grid gap-3">
        {rows.map(([name, value], i) => (
          <div key={name}>
            <dt className="caption">{name}</dt>
            <dd className="text-[15px] leading-snug">{i <= STEPS.indexOf(reached) ? value : '–'}</dd>
          </div>
        ))}
      </dl>
    </aside>
  )
}

function whatWords({ what }: Draft): string {
  const names = [
    ...(what.presets ?? []).filter((preset) => isTicked(what, preset)).map(({ name }) => name),
    ...what.folders.filter(({ ticked }) => ticked).map(({ path }) => path.split('/').at(-1) || path),
  ]
  if (names.length === 0) return 'nothing yet'
  const listed =
    names.length <= 4 ? names.join(', ') : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`
  const total = chosenTotal(what)
  return total === undefined
    ? listed
    : `${listed}: ${countOf(total.files, 'file')}, ${formatBytes(total.bytes)}`
}

function passphraseWords(draft: Draft): string {
  if (!needsPassphrase(draft)) return 'none: this vault is not encrypted'
  if (draft.passphrase === '') return 'not chosen yet'
  return opensVault(draft)
    ? 'of the vault that is there'
    : draft.saved
      ? 'chosen and saved'
      : 'chosen, not saved yet'
}
