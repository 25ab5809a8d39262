import { AlarmTopic, tidewayStackOf } from '@tideway/constructs'
import { Aspects, TerraformResource } from 'cdktf'
import { Construct, type IConstruct } from 'constructs'
import { hasTopic, type OwnerFields, ownerTags } from '../definition'

/** A topic for each team that owns services, in place of the topic of the stack. */
export class TeamTopics extends Construct {
  private readonly arns = new Map<string, string>()

  /** @param keyArn a key that CloudWatch may use */
  constructor(
    scope: Construct,
    id: string,
    private readonly props: {
      readonly definitions: readonly OwnerFields[]
      readonly keyArn: string
      readonly defaultArn: string
    },
  ) {
    super(scope, id)
  }

  arnOf(definition: OwnerFields): string {
    if (!hasTopic(definition)) return this.props.defaultArn
    const { owner } = definition
    const arn = this.arns.get(owner) ?? this.topicOf(owner)
    this.arns.set(owner, arn)
    return arn
  }

  /** By the names of the services. */
  arnsOf(definitions: Readonly<Record<string, OwnerFields>>): Readonly<Record<string, string>> {
    return Object.fromEntries(
      Object.entries(definitions).map(([name, definition]) => [name, this.arnOf(definition)]),
    )
  }

  private topicOf(owner: string): string {
    const { environment } = tidewayStackOf(this)
    const named = this.props.definitions
      .filter((definition) => definition.owner === owner)
      .flatMap(({ alarmEmails = [] }) => alarmEmails)
    const isSilent = environment.alarmEmails.length === 0
    const topic = new AlarmTopic(this, `${owner}-alarms`, {
      keyArn: this.props.keyArn,
      ...(named.length > 0 && !isSilent && { emails: [...new Set(named)].sort() }),
    })
    tagOwner(topic, { owner })
    return topic.arn
  }
}

/** Sets the tags of the owner on all resources of a construct. */
export function tagOwner(scope: Construct, definition: OwnerFields): void {
  const tags = ownerTags(definition)
  if (tags === undefined) return
  Aspects.of(scope).add({
    visit(node) {
      if (isTaggable(node)) node.tags = { ...node.tagsInput, ...tags }
    },
  })
}

interface Taggable extends TerraformResource {
  tags: Readonly<Record<string, string>>
  readonly tagsInput: Readonly<Record<string, string>> | undefined
}

function isTaggable(node: IConstruct): node is Taggable {
  return TerraformResource.isTerraformResource(node) && 'tagsInput' in node
}
