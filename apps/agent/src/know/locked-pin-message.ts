import type { Message } from '@holdfast/domain'

/** What everybody else is told when somebody at a device gave five wrong PINs in a row. Pure. */
export function lockedPinMessage({
  device,
  ...about
}: {
  id: string
  at: Date
  machine: string
  device: { readonly id: string; readonly name: string }
}): Message {
  return {
    ...{ ...about, kind: 'notice', severity: 'at-risk' },
    title: `Five wrong PINs were typed on ${device.name}`,
    text: 'No PIN is heard from it for a minute, and longer after each further wrong one. Nothing was done with them.',
    next: 'If it is not in your hands, remove it under Settings, Devices.',
    url: '/settings/',
    tag: `pin-${device.id}`,
    data: { event: 'pin-locked', device: device.id },
  }
}
