import { z } from 'zod'

/** Six to twelve digits by which a person confirms an act at a device that is signed in; none that is tried first. */
export const Pin = z
  .string()
  .regex(/^[0-9]{6,12}$/, 'Six to twelve digits.')
  .refine((pin) => !isObvious(pin), { message: 'This one is tried first: choose another.' })

/** One digit over and over, two in turns, or digits that count up or down. */
function isObvious(pin: string): boolean {
  const steps = [...pin].slice(1).map((digit, i) => (Number(digit) - Number(pin[i]) + 10) % 10)
  const inTurns = [...pin].every((digit, i) => digit === pin[i % 2])
  return inTurns || steps.every((step) => step === 1) || steps.every((step) => step === 9)
}
