import { formatAge } from '@holdfast/domain'
import type { Home, PlanCard } from '#web/trpc/types.ts'
import { countOf } from './locale.ts'

/** The sentence that opens the home screen, the smaller line under it, and whether they are a memory. */
export type Verdict = { readonly sentence: string; readonly because: string }

/** What is true now, in words. Ages are counted from `now`, so a kept answer grows older as it should. */
export function verdictWords(home: Home, now: Date): Verdict {
  if (home.verdict.code === 'no-plan')
    return {
      sentence: 'Nothing is backed up yet.',
      because: 'Set up the first backup: it takes about two minutes.',
    }
  if (home.verdict.code === 'safe')
    return { sentence: 'Everything is safe.', because: safeBecause(home.plans, now) }
  const { sentence, because } = twoSentences(home.verdict.sentence)
  return { sentence, because: because ?? fallback(home) }
}

function safeBecause(cards: readonly PlanCard[], now: Date): string {
  const newest = cards
    .map((card) => card.lastSnapshotAt)
    .filter((at) => at !== undefined)
    .sort()
    .at(-1)
  const proof = cards
    .map((card) => card.lastProof)
    .filter((p) => p !== undefined)
    .sort((a, b) => a.at.localeCompare(b.at))[0]
  const age = (at: string) => formatAge(now.getTime() - Date.parse(at))
  const backup = newest === undefined ? '' : `Last backup ${age(newest)}.`
  const proven =
    proof === undefined
      ? ''
      : `Proven restorable ${age(proof.at)}: ${countOf(proof.files, 'file')}, no mismatch.`
  return `${backup} ${proven}`.trim()
}

/** The agent says what and since when in two sentences; the first is the headline. */
function twoSentences(text: string): { sentence: string; because: string | undefined } {
  const parts = /^(.+?\.) (Last (?:safe copy|backup) .+)$/s.exec(text)
  return { sentence: parts?.[1] ?? text, because: parts?.[2] }
}

function fallback(home: Home): string {
  if (home.verdict.code === 'source-brake') return 'Accept the change if it was meant, or pause the plan.'
  const reason = home.plans.find((card) => card.protection.state === home.verdict.state)?.lastRun
  if (reason?.state === 'finished' && reason.reason !== null)
    return `${reason.reason.message} ${reason.reason.next}`
  switch (home.verdict.code) {
    case 'never-ran':
      return 'Start the first backup now; it ends with one file restored and compared.'
    case 'proof-missing':
      return 'The next complete run restores a file and compares it.'
    case 'proof-stale':
      return 'Restore a file or two, to be sure that it still works.'
    case 'nearly-full':
      return 'Make room there, or keep fewer snapshots: open the plan in Settings.'
    case 'copy-behind':
      return 'The snapshots are safe in the vault. Open the plan to see its second copies.'
    case 'taken-over':
    case 'read-only':
      return 'Everything that was backed up can be restored from here.'
    case 'kit-missing':
    case 'kit-outdated':
      return 'Open the plan in Settings to save the kit; keep it away from this machine.'
    case 'no-service':
      return 'Let Holdfast start with this machine, and backups go on.'
    case 'last-incomplete':
      return 'Everything else is in the snapshot. Open the run to see what is missing.'
    default:
      return 'Open the last run to see why.'
  }
}
