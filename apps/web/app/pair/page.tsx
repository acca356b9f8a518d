import { PairDevice } from './pair-device.tsx'

export const metadata = { title: 'Pair this device' }

export default function PairPage() {
  return <PairDevice />
}
