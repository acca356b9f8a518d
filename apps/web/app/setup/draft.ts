import { scheduleProblem } from '@holdfast/domain'
import type { Problem } from '#web/trpc/problem.ts'
import type { NewPlan, Place, PlaceFindings } from '#web/trpc/types.ts'
import { passphraseStrength } from '#web/words/passphrase.ts'
import { type ScheduleChoice, scheduleOf } from '#web/words/schedule-words.ts'
import { chosenSources, newWhat, type What, whatProblems } from './what.ts'

export const STEPS = ['what', 'where', 'passphrase', 'when'] as const
export type Step = (typeof STEPS)[number]

/** With the last one, in which nothing is asked any more. */
export const ALL_STEPS = [...STEPS, 'proof'] as const
export type AnyStep = (typeof ALL_STEPS)[number]

/** What a person chose so far, with the passphrase: what is kept of it over a reload is in kept-draft.ts. */
export type Draft = {
  readonly name: string
  readonly what: What
  readonly placeKind: Place['kind']
  readonly folder: string
  readonly remote: string
  readonly remotePath: string
  /** What lies at the chosen place; undefined until it was looked at. */
  readonly findings: PlaceFindings | undefined
  readonly passphrase: string
  readonly passphraseAgain: string
  readonly saved: boolean
  readonly schedule: ScheduleChoice
  readonly timeZone: string
  /** The machine is to start Holdfast, where it can. */
  readonly starts: boolean
}

/** The draft before anything was chosen, with what the machine suggests. */
export function newDraft(suggested: { vaultDir: string; timeZone: string }): Draft {
  return {
    name: 'Home folder',
    what: newWhat(),
    placeKind: 'folder',
    folder: suggested.vaultDir,
    remote: '',
    remotePath: 'holdfast',
    findings: undefined,
    passphrase: '',
    passphraseAgain: '',
    saved: false,
    schedule: { kind: 'daily', time: '02:00' },
    timeZone: suggested.timeZone,
    starts: true,
  }
}

/** The place that the draft means, as the API wants it. */
export function placeOf(draft: Draft): Place {
  return draft.placeKind === 'folder'
    ? { kind: 'folder', path: draft.folder.trim() }
    : { kind: 'remote', remote: draft.remote, path: draft.remotePath.trim() }
}

/** The plan that the draft means. A vault that is there already and is plain takes no passphrase. */
export function planOf(draft: Draft): NewPlan {
  return {
    name: draft.name.trim(),
    sources: chosenSources(draft.what),
    place: placeOf(draft),
    passphrase: needsPassphrase(draft) ? draft.passphrase : null,
    schedule: scheduleOf(draft.schedule, draft.timeZone),
  }
}

/** True unless the chosen place holds a plain vault. */
export function needsPassphrase(draft: Draft): boolean {
  return draft.findings?.kind !== 'vault' || draft.findings.encrypted
}

/** True when the place holds a vault that is to be opened, not made. */
export function opensVault(draft: Draft): boolean {
  return draft.findings?.kind === 'vault'
}

/** What keeps a step from being left at `now`, as field -> sentence; empty when it is fine. */
export function stepProblems(step: Step, draft: Draft, now: Date): Readonly<Record<string, string>> {
  switch (step) {
    case 'what':
      return {
        ...(draft.name.trim() === '' && { name: 'Give the plan a name.' }),
        ...whatProblems(draft.what),
      }
    case 'where':
      if (draft.placeKind === 'folder')
        return draft.folder.trim().startsWith('/')
          ? {}
          : { 'place.path': 'An absolute path, please: it starts with /.' }
      return {
        ...(draft.remote === '' && { 'place.remote': 'Choose a remote.' }),
        ...(draft.remotePath.startsWith('/') && {
          'place.path': 'A path on the remote, without a leading slash.',
        }),
      }
    case 'passphrase':
      return passphraseProblems(draft)
    case 'when': {
      const problem = scheduleProblem(scheduleOf(draft.schedule, draft.timeZone), now)
      return problem === undefined ? {} : { schedule: problem }
    }
  }
}

/** To which step an answer of the agent belongs; the last one when it names none. */
export function stepOfProblem(problem: Problem): Step {
  const field = fieldOfProblem(problem)
  if (field === 'name' || field?.startsWith('sources')) return 'what'
  if (field?.startsWith('place')) return 'where'
  if (field?.startsWith('passphrase')) return 'passphrase'
  return 'when'
}

/** The field that an answer of the agent is about, so that it is said beside it; undefined when it is about none. */
export function fieldOfProblem({ code, fields }: Problem): string | undefined {
  const [field] = Object.keys(fields)
  if (field !== undefined) return field.startsWith('sources') ? 'sources' : field
  if (/^SOURCE_/.test(code)) return 'sources'
  if (/^REMOTE_(UNKNOWN|REFUSED|DENIED)$/.test(code)) return 'place.remote'
  if (/^(REMOTE_|PLACE_|VAULT_|NOT_A_VAULT)/.test(code)) return 'place.path'
  if (/^(LOCKED|PASSPHRASE_)/.test(code)) return 'passphrase'
  return code === 'SCHEDULE_NEVER' ? 'schedule' : undefined
}

function passphraseProblems(draft: Draft): Record<string, string> {
  if (!needsPassphrase(draft)) return {}
  if (opensVault(draft))
    return draft.passphrase === '' ? { passphrase: 'Type the passphrase of this vault.' } : {}
  const strength = passphraseStrength(draft.passphrase)
  if (strength.level < 2) return { passphrase: `${strength.word}. ${strength.hint}` }
  return {
    ...(draft.passphrase !== draft.passphraseAgain && { passphraseAgain: 'The two are not the same.' }),
    ...(!draft.saved && { saved: 'Save it first, then tick this.' }),
  }
}
