import { isIP } from 'node:net'
import { bareHost } from '@holdfast/host'
import type { LanNames } from '../lan/lan-names.ts'
import { announceMachine } from './announce-machine.ts'
import { type DnsSdSettings, USUAL_DNS_SD } from './multicast.ts'
import { type FoundMachine, nearbyMachines } from './nearby-machines.ts'

/** Holdfasts that find each other on their network, without anything that one would have to believe the other. */
export type Neighbours = {
  /** Tells the network where this one is served, until it is disposed. Undefined when nobody is to be told. */
  readonly announce: ((serving: { port: number; names: () => LanNames }) => AsyncDisposable) | undefined
  /** Other machines that answer now; takes as long as the settings say. Rejects when `signal` aborts. */
  nearby(signal: AbortSignal): Promise<FoundMachine[]>
}

export function createNeighbours(parts: {
  readonly settings: DnsSdSettings | undefined
  /** The address that the network is served at. */
  readonly bind: string
  readonly home: { readonly machine: string; readonly installation: string }
  /** Origins that this machine itself has on the network. */
  readonly origins: () => readonly string[]
  /** Hears of the first trouble of the network. */
  readonly onTrouble: (error: unknown) => void
}): Neighbours {
  const { settings, bind, home } = parts
  let troubled = false
  const onTrouble = (error: unknown) => {
    if (!troubled) parts.onTrouble(error)
    troubled = true
  }
  const place = { ...USUAL_DNS_SD, ...settings, bind }
  return {
    announce: settings?.announce
      ? ({ port, names }) => {
          const told = () => ({
            ...{ machine: home.machine, installation: home.installation, port },
            ...{ host: names().names[0] ?? '', addresses: addressesAt(bind, names()) },
          })
          return announceMachine(place, { told, onTrouble })
        }
      : undefined,
    async nearby(signal) {
      const found = await nearbyMachines(place, { signal, onTrouble })
      // Two machines may have one name, but no address.
      const own = new Set(parts.origins().filter(isByAddress))
      return found.filter(({ origins }) => !origins.some((one) => own.has(one)))
    },
  }
}

function addressesAt(bind: string, { addresses }: LanNames): readonly string[] {
  const everywhere = bind === '0.0.0.0' || bind === '::'
  return everywhere ? addresses.filter((one) => !/^(127\.|::1$)/.test(one)) : [bind]
}

function isByAddress(origin: string): boolean {
  return isIP(bareHost(new URL(origin))) !== 0
}
