import { HOUR_MS, SECOND_MS, type SignInTrouble, type VaultPlace } from '@holdfast/domain'
import { isOwnRemote, type RcloneClient } from '@holdfast/rclone'
import { endOfSignIn } from './end-of-sign-in.ts'
import { lookAtRemote } from './look-at-remote.ts'
import { readKnownRemotes } from './remote-uses.ts'

/** Watches the remotes that are signed in to, so that an end of that is known before a backup fails of it. */
export type SignInWatch = Disposable & {
  /** What was found wrong below a place at the last look; undefined for nothing, and before the first look. */
  troubleAt(place: VaultPlace): SignInTrouble | undefined
  /** Looks now. Calls while it looks get the same look. Rejects only when rclone does not answer at all. */
  look(): Promise<void>
}

const LOOK_EVERY_MS = 6 * HOUR_MS
const FIRST_LOOK_MS = 30 * SECOND_MS

/** `onChange` is told when a look found something else than the one before. */
export function watchSignIns(parts: {
  client: RcloneClient
  onChange: () => void
  onError: (error: unknown) => void
}): SignInWatch {
  const { client, onError } = parts
  // By the remote that a plan may name: its own trouble, or one of those that it is built upon.
  let troubles: ReadonlyMap<string, SignInTrouble> = new Map()
  let looking: Promise<void> | undefined

  async function lookNow(): Promise<void> {
    const remotes = await readKnownRemotes(client)
    const own = new Map<string, SignInTrouble>()
    for (const { name, token } of remotes) {
      if (token === undefined || isOwnRemote(name)) continue
      const found = await troubleOf(name, token)
      if (found !== undefined) own.set(name, found)
    }
    const before = troubles
    troubles = new Map(
      remotes.flatMap(({ name, below }) => {
        const found = [name, ...below].map((one) => own.get(one)).find((one) => one !== undefined)
        return found === undefined ? [] : [[name, found] as const]
      }),
    )
    if (JSON.stringify([...before]) !== JSON.stringify([...troubles])) parts.onChange()
  }

  async function troubleOf(remote: string, token: string): Promise<SignInTrouble | undefined> {
    const endsAt = endOfSignIn(token)
    const problem = await lookAtRemote(client, remote, { name: remote, mayBeNew: true })
    if (problem?.code === 'REMOTE_DENIED') return { kind: 'refused', remote }
    // Nobody knows of one that can't be reached now; what was known stays true.
    const known = troubles.get(remote)
    if (problem?.code === 'REMOTE_UNREACHABLE' && known?.kind === 'refused' && known.remote === remote)
      return known
    return endsAt === null ? undefined : { kind: 'ends', remote, at: endsAt }
  }

  function look(): Promise<void> {
    looking ??= lookNow().finally(() => {
      looking = undefined
    })
    return looking
  }
  const inBackground = () => void look().catch(onError)
  const first = setTimeout(inBackground, FIRST_LOOK_MS)
  const timer = setInterval(inBackground, LOOK_EVERY_MS)
  first.unref()
  timer.unref()

  return {
    troubleAt: (place) => (place.kind === 'remote' ? troubles.get(place.remote) : undefined),
    look,
    [Symbol.dispose]() {
      clearTimeout(first)
      clearInterval(timer)
    },
  }
}
