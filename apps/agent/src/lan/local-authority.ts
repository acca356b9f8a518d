// @peculiar/x509 needs it to be there first.
import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import { isIPv4 } from 'node:net'
import { DAY_MS, HoldfastError } from '@holdfast/domain'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  X509Certificate as Certificate,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'
import { isPermitted, type LanNames, PERMITTED_NAMES, PERMITTED_NETWORKS } from './lan-names.ts'

/** A certificate and its private key, both PEM. */
export type KeyPair = { readonly certificate: string; readonly key: string }

const ECDSA = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const AUTHORITY_LIFE_DAYS = 3650
const LEAF_LIFE_DAYS = 90
const NAME_CONSTRAINTS = '2.5.29.30'
/** Clocks of other devices may be behind. */
const BACKDATED_MS = DAY_MS

/**
 * Makes an authority of this home: P-256, ten years, without a level between it and what it signs, and by a critical
 * name constraint worth nothing outside the local network.
 */
export async function makeAuthority(machine: string, random: Uint8Array, now: Date): Promise<KeyPair> {
  const keys = await webcrypto.subtle.generateKey(ECDSA, true, ['sign', 'verify'])
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: serialNumber(random),
      name: [{ CN: [`Holdfast on ${machine}`.slice(0, 64)] }, { O: ['Holdfast local authority'] }],
      notBefore: new Date(now.getTime() - BACKDATED_MS),
      notAfter: new Date(now.getTime() + AUTHORITY_LIFE_DAYS * DAY_MS),
      keys,
      signingAlgorithm: ECDSA,
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        new Extension(NAME_CONSTRAINTS, true, nameConstraints()),
        await SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  )
  return { certificate: certificate.toString('pem'), key: await pemOf(keys.privateKey) }
}

/**
 * Signs a certificate of 90 days for a server under these names. INPUT_INVALID when one is outside the constraints:
 * browsers would refuse the whole certificate for it.
 */
export async function issueLeaf(
  authority: KeyPair,
  { names, addresses }: LanNames,
  { random, now }: { readonly random: Uint8Array; readonly now: Date },
): Promise<KeyPair> {
  const outside = [...names, ...addresses].find((name) => !isPermitted(name))
  if (outside !== undefined)
    throw new HoldfastError('INPUT_INVALID', `This home's authority may not vouch for ${outside}.`)
  const issuer = new Certificate(authority.certificate)
  const signingKey = await webcrypto.subtle.importKey(
    'pkcs8',
    PemConverter.decodeFirst(authority.key),
    ECDSA,
    false,
    ['sign'],
  )
  const keys = await webcrypto.subtle.generateKey(ECDSA, true, ['sign', 'verify'])
  const certificate = await X509CertificateGenerator.create(
    {
      serialNumber: serialNumber(random),
      subject: [{ CN: [(names[0] ?? 'localhost').slice(0, 64)] }],
      issuer: issuer.subjectName,
      notBefore: new Date(now.getTime() - BACKDATED_MS),
      notAfter: new Date(now.getTime() + LEAF_LIFE_DAYS * DAY_MS),
      publicKey: keys.publicKey,
      signingKey,
      signingAlgorithm: ECDSA,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
        new SubjectAlternativeNameExtension([
          ...names.map((value) => ({ type: 'dns' as const, value })),
          ...addresses.map((value) => ({ type: 'ip' as const, value })),
        ]),
        await SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
        await AuthorityKeyIdentifierExtension.create(issuer.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  )
  return { certificate: certificate.toString('pem'), key: await pemOf(keys.privateKey) }
}

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  return PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')
}

/** Positive, never 0, at most 20 bytes, as RFC 5280 asks. */
function serialNumber(random: Uint8Array): string {
  return `4${Buffer.from(random.subarray(0, 16)).toString('hex').slice(1)}`
}

/** RFC 5280, 4.2.1.10: `SEQUENCE { permittedSubtrees [0] { SEQUENCE { dNSName [2] | iPAddress [7] } … } }`. */
function nameConstraints(): Uint8Array<ArrayBuffer> {
  const names = PERMITTED_NAMES.map((name) => der(0x30, der(0x82, Buffer.from(name, 'ascii'))))
  const networks = PERMITTED_NETWORKS.map(({ address, prefix }) => {
    const bytes = addressBytes(address)
    return der(0x30, der(0x87, Buffer.concat([bytes, mask(bytes.length, prefix)])))
  })
  return new Uint8Array(der(0x30, der(0xa0, Buffer.concat([...names, ...networks]))))
}

function der(tag: number, content: Uint8Array): Buffer {
  const { length } = content
  let size = [0x82, length >> 8, length & 0xff]
  if (length < 0x80) size = [length]
  else if (length < 0x100) size = [0x81, length]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

/** Of the networks above only: IPv6 in groups before `::`, or `::1`. */
function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number))
  const bytes = Buffer.alloc(16)
  const [head = '', tail = ''] = address.split('::')
  if (head !== '') bytes.writeUInt16BE(Number.parseInt(head, 16), 0)
  if (tail !== '') bytes.writeUInt16BE(Number.parseInt(tail, 16), 14)
  return bytes
}

function mask(length: number, prefix: number): Buffer {
  return Buffer.from(
    Array.from({ length }, (_, index) => {
      const bits = Math.max(0, Math.min(8, prefix - index * 8))
      return (0xff << (8 - bits)) & 0xff
    }),
  )
}
