import type { Provider, ProviderOption, ProviderSummary, RemoteValues } from '@holdfast/domain'
import type { Actor } from '../context.ts'

export type RemoteInfo = {
  readonly name: string
  readonly type: string
  /** What people call its type. */
  readonly kind: string
  /** False for one that only the user's own rclone configuration has: it can be used, not changed from here. */
  readonly own: boolean
  readonly usedBy: readonly RemoteUse[]
  /** When a sign-in that can't renew itself ends; null when it can, or when there is none. */
  readonly signInEndsAt: Date | null
}
/** Something that would be lost with a remote: a plan by its name, or a remote that is built upon it. */
export type RemoteUse = { readonly kind: 'plan' | 'remote'; readonly name: string }

/** What the form of a remote that is there starts with. */
export type RemoteDetails = {
  readonly name: string
  readonly provider: Provider
  /** Secrets are left out. */
  readonly values: RemoteValues
  /** Names of the secrets that are set. */
  readonly kept: readonly string[]
}

export type RemoteRequest = {
  readonly name: string
  readonly type: string
  readonly values: RemoteValues
  /** Of a remote that is there: options that go back to their defaults, and whether its sign-in is made anew. */
  readonly change?: { readonly cleared: readonly string[]; readonly signInAgain: boolean } | undefined
  /** A conversation that this one takes the place of, as when a password was wrong. */
  readonly replaces?: string | undefined
}

export type SpokenProblem = { readonly code: string; readonly message: string; readonly next: string }

/** Where the making of a remote stands. Until `saved` nothing of it counts. */
export type RemoteConversation =
  | { readonly kind: 'problems'; readonly fields: Readonly<Record<string, string>> }
  | {
      readonly kind: 'question'
      readonly id: string
      readonly option: ProviderOption
      readonly problem: string | null
    }
  | {
      readonly kind: 'sign-in'
      readonly id: string
      readonly provider: string
      /** What makes the token on another machine that has rclone. */
      readonly command: string
      readonly signIn: SignInState
    }
  /** All is known, and the remote does not answer; it can be tried again, changed, or saved as it is. */
  | { readonly kind: 'refused'; readonly id: string; readonly problem: SpokenProblem }
  | { readonly kind: 'saved'; readonly id: string; readonly name: string }

export type SignInState =
  | { readonly state: 'idle' }
  | { readonly state: 'waiting'; readonly link: string; readonly until: Date }
  | { readonly state: 'finishing' }
  | { readonly state: 'failed'; readonly problem: SpokenProblem }

export type RemoteFolders = {
  readonly path: string
  readonly parent: string | null
  readonly folders: readonly { readonly name: string; readonly path: string }[]
  readonly cut: boolean
}

export type RemoteTest = {
  readonly ok: boolean
  readonly findings: readonly {
    readonly check: string
    readonly state: 'ok' | 'warning' | 'failed'
    readonly text: string
  }[]
  readonly roundTripMs: number | null
  readonly bytesPerSecond: number | null
  readonly clockOffsetMs: number | null
  /** Free and total bytes, where the remote tells. */
  readonly space: { readonly free: number | null; readonly total: number | null } | null
  readonly left: readonly string[]
}

/** Making, trying, changing and removing remotes. Each rejects with a HoldfastError; no secret ever comes back. */
export type RemotesPort = {
  /** The usual ones first; all without a search. */
  providers(search: string): Promise<ProviderSummary[]>
  provider(id: string): Promise<Provider>
  list(): Promise<RemoteInfo[]>
  /** REMOTE_UNKNOWN when the agent has no remote of this name of its own. */
  details(name: string): Promise<RemoteDetails>
  /** Checks, drafts and asks on; `problems` are answered when a field is wrong, and nothing has begun then. */
  start(request: RemoteRequest, actor: Actor): Promise<RemoteConversation>
  /** INPUT_INVALID for a conversation that has ended; they end by themselves half an hour after the last word. */
  conversation(id: string): RemoteConversation
  answer(id: string, text: string): Promise<RemoteConversation>
  /** Tries the remote again; with `force` it is saved though it does not answer. */
  save(id: string, force: boolean): Promise<RemoteConversation>
  /** Nothing of the draft remains. One that has ended is no error. */
  cancel(id: string): Promise<void>
  /** Opens the door for a browser; resolves when there is a page to go to. */
  startSignIn(id: string): Promise<RemoteConversation>
  /** The sign-in ends; the conversation stays. */
  cancelSignIn(id: string): Promise<RemoteConversation>
  /** A token from another machine, or the address at which a browser elsewhere ended. */
  pasteSignIn(id: string, text: string): Promise<RemoteConversation>
  folders(remote: string, path: string, actor: Actor): Promise<RemoteFolders>
  makeFolder(remote: string, path: string, actor: Actor): Promise<void>
  /** Writes, reads and deletes two small objects there. */
  test(remote: string, path: string, actor: Actor): Promise<RemoteTest>
  /** REMOTE_IN_USE with what uses it. */
  remove(name: string, actor: Actor): Promise<void>
}
