import { declarations, type entryPoints } from './declarations'

/** The public API as a document, so that a review sees each change of it. */
export function apiReport(
  types: Record<keyof typeof entryPoints, string> = declarations(),
): string {
  const section = (module: string, text: string) => `## ${module}\n\n\`\`\`ts\n${text}\`\`\`\n`
  return `# Public API of ecs-spot

All that users can import, with the types that it refers to. \`npm run docs\` writes this file from the source. A change of it is a
change for users: name it in [CHANGELOG.md](CHANGELOG.md), and choose [the version](README.md#versions) by it.

${section('ecs-spot', types.index)}
${section('ecs-spot/describe', types.describe)}`
}
