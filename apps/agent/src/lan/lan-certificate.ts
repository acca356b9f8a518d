import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { DAY_MS, HoldfastError } from '@holdfast/domain'
import type { Random } from '@holdfast/vault/ports'
import { z } from 'zod'
import type { Secrets } from '../secrets.ts'
import type { LanNames } from './lan-names.ts'
import type { KeyPair } from './local-authority.ts'

const KEY = 'lan-ca'
/** A certificate that is good for no longer than this is renewed. */
export const RENEW_AT_DAYS = 30
const Pair = z.object({ certificate: z.string(), key: z.string() })
const Stored = z.object({ authority: Pair, leaf: Pair.nullable() })

/** What the server shows on the network. */
export type LanCertificate = {
  readonly leaf: KeyPair
  /** Names and addresses that it is good for. */
  readonly names: LanNames
  /** The home's own authority, PEM; undefined when the owner brought certificate files. */
  readonly authority: string | undefined
}

export type CertificateSource = {
  /**
   * The certificate for these names now: the kept one while it has 30 days left and holds exactly these, else one
   * signed anew and kept, sealed, when this resolves. Not to be called again before it settled.
   */
  current(names: LanNames): Promise<LanCertificate>
}

/** Certificates of an authority that this home makes for itself when it first needs one. */
export function ownAuthority(parts: {
  readonly secrets: Pick<Secrets, 'value' | 'setValue'>
  readonly machine: string
  readonly random: Random
  readonly now: () => Date
}): CertificateSource {
  const { secrets, random, now } = parts
  return {
    async current(names) {
      // Loaded only by those who serve the network.
      const { issueLeaf, makeAuthority } = await import('./local-authority.ts')
      const stored = Stored.optional().parse(secrets.value(KEY))
      const authority =
        stored !== undefined && daysLeft(stored.authority, now()) > RENEW_AT_DAYS
          ? stored.authority
          : await makeAuthority(parts.machine, random.bytes(16), now())
      const kept = authority === stored?.authority ? stored.leaf : null
      if (kept !== null && daysLeft(kept, now()) > RENEW_AT_DAYS && holds(kept, names))
        return { leaf: kept, names, authority: authority.certificate }
      const leaf = await issueLeaf(authority, names, { random: random.bytes(16), now: now() })
      await secrets.setValue(KEY, { authority, leaf } satisfies z.infer<typeof Stored>)
      return { leaf, names, authority: authority.certificate }
    },
  }
}

/** The owner's own certificate and key, PEM, read anew each time. INPUT_INVALID when they are no pair. */
export function certificateFiles(files: { readonly cert: string; readonly key: string }): CertificateSource {
  return {
    async current() {
      try {
        const [certificate, key] = await Promise.all([
          readFile(files.cert, 'utf8'),
          readFile(files.key, 'utf8'),
        ])
        const parsed = new X509Certificate(certificate)
        if (!parsed.checkPrivateKey(createPrivateKey(key))) throw new Error('the key is another one’s')
        return { leaf: { certificate, key }, names: namesOf(parsed), authority: undefined }
      } catch (cause) {
        throw new HoldfastError(
          'INPUT_INVALID',
          `HOLDFAST_TLS_CERT and HOLDFAST_TLS_KEY: ${files.cert} and ${files.key} are not a certificate and its key.`,
          { cause },
        )
      }
    },
  }
}

function namesOf(certificate: X509Certificate): LanNames {
  const entries = (certificate.subjectAltName ?? '').split(', ')
  const of = (kind: string) =>
    entries.flatMap((entry) => (entry.startsWith(kind) ? [entry.slice(kind.length)] : []))
  return {
    // A wildcard is no name that anybody can open.
    names: of('DNS:').filter((name) => !name.includes('*')),
    addresses: of('IP Address:').map(shortAddress),
  }
}

/** As a browser writes it in a Host header. */
function shortAddress(address: string): string {
  return address.includes(':') ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address
}

function holds({ certificate }: KeyPair, { names, addresses }: LanNames): boolean {
  const held = namesOf(new X509Certificate(certificate))
  const text = (all: readonly string[]) => [...all].sort().join(' ')
  return text([...held.names, ...held.addresses]) === text([...names, ...addresses.map(shortAddress)])
}

function daysLeft({ certificate }: KeyPair, now: Date): number {
  return (new X509Certificate(certificate).validToDate.getTime() - now.getTime()) / DAY_MS
}
