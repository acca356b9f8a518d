import type { Actor } from '../context.ts'

/** Whether other devices on the network reach the agent, and where. */
export type LanStatus = {
  readonly on: boolean
  /** Kept on from outside; it can't be turned off here. */
  readonly forced: boolean
  /** Null while nothing is served there, though it may be on: then the log says why. */
  readonly serving: {
    readonly origin: string
    /** Where a new device learns to trust the certificate; null with the owner's own certificate. */
    readonly onboarding: string | null
    readonly fingerprint: string | null
    /** The certificate to trust, PEM. */
    readonly authority: string | null
    /** How long the server's certificate is good. */
    readonly until: Date
    /** When it is renewed by itself at the latest; null with the owner's own certificate. */
    readonly renewedAt: Date | null
  } | null
}

/** A QR code of `size` × `size` modules: the dark ones as an SVG path. */
export type QrPicture = { readonly size: number; readonly path: string }

export type LanPort = {
  get(): Promise<LanStatus>
  /** What a new device opens first, to scan; null while nothing is served. */
  qr(): Promise<QrPicture | null>
  /** Only from the machine itself. NOT_ALLOWED otherwise; PORT_IN_USE, and then nothing changed. */
  set(on: boolean, actor: Actor): Promise<LanStatus>
}
