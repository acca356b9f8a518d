/** Whose service it is: the user's own, which needs no rights, or the machine's, which runs as root. */
export const SERVICE_SCOPES = ['user', 'system'] as const
export type ServiceScope = (typeof SERVICE_SCOPES)[number]

/** What a person does where Holdfast does not install itself: nothing of it was run by us. */
export type ServiceByHand = {
  readonly title: string
  /** The file to make, or null where the text is a line to add. */
  readonly path: string | null
  readonly text: string
  readonly commands: readonly string[]
  /** False where nobody has tried it on a real system of that kind. */
  readonly tried: boolean
}

/** Whether Holdfast starts with this machine. `sentence` says it to people, and what to do where something is to do. */
export type ServiceStatus =
  | {
      readonly kind: 'systemd'
      readonly scope: ServiceScope
      /** The unit of Holdfast; absolute. */
      readonly path: string
      /** The unit is there. */
      readonly installed: boolean
      /** The machine starts it. */
      readonly enabled: boolean
      /** It runs now, as the service. */
      readonly running: boolean
      /** False for a user's service that waits until the user signs in. */
      readonly atBoot: boolean
      /** The unit is there but not as it would be written now, after an update or a move. */
      readonly outdated: boolean
      /** What of this agent's environment a service is not given, by name: it may hold a secret. */
      readonly leftOut: readonly string[]
      readonly sentence: string
    }
  | { readonly kind: 'unsupported'; readonly sentence: string; readonly byHand: ServiceByHand }
  /** Nobody looked, or the system did not answer: no verdict is made of it. */
  | { readonly kind: 'unknown'; readonly sentence: string }

/** Whether a restart of the machine would start Holdfast again; undefined where that is not known. */
export function startsWithMachine(status: ServiceStatus): boolean | undefined {
  return status.kind === 'systemd' ? status.installed && status.enabled : undefined
}
