import { draw, type Scheme } from './draw'
import type { Recording } from './record'

export { descriptionOf } from './draw'

export const recordingFile = 'docs/images/drought.json'

export const drawingFile = (scheme: Scheme) => `docs/images/drought-${scheme}.svg`

/** The files of the picture, by their paths in the repository. */
export function filesOf(recording: Recording): Readonly<Record<string, string>> {
  return {
    [recordingFile]: textOf(recording),
    [drawingFile('light')]: draw(recording, 'light'),
    [drawingFile('dark')]: draw(recording, 'dark'),
  }
}

/** A line for each sample, so that a difference is readable. */
function textOf({ samples, ...rest }: Recording): string {
  const lines = samples.map((sample) => `    ${JSON.stringify(sample)}`)
  const head = JSON.stringify(rest, null, 2).replace(/\n}$/, '')
  return `${head},\n  "samples": [\n${lines.join(',\n')}\n  ]\n}\n`
}
