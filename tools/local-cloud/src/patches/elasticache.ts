import { formTree } from '@tideway/spot-simulator'
import {
  type AwsRequest,
  type AwsResponse,
  type Backend,
  formInput,
  withBody,
} from '../gateway/aws-request'
import { queryResponse, rewritten, xmlError } from '../gateway/aws-response'
import type { MotoPatch } from '../gateway/moto-patch'
import { writeXml } from '../gateway/old-xml'
import {
  arnOf,
  cacheClusters,
  type Item,
  itemNames,
  listIn,
  replicationGroup,
  userGroup,
} from './elasticache-views'
import { type Input, Refusal } from './json-service'
import { TagStore } from './tags'

/**
 * ElastiCache's groups: of nodes, of users, of subnets. moto has no groups of users, no members in a replication
 * group, and no end of a group of subnets. Can go when all of them apply, and are destroyed.
 */
export class ElastiCache implements MotoPatch {
  readonly service = 'elasticache'
  private readonly groups = new Map<string, Input>()
  private readonly userGroups = new Map<string, Input>()
  private readonly tags = new TagStore()
  private readonly subnetGroups = new Set<string>()
  private readonly timesDeleted = new Map<string, number>()

  resourceIds(): string[] {
    return [...this.groups.keys(), ...this.userGroups.keys(), ...this.subnetGroups]
  }

  async handle(request: AwsRequest, backend: Backend): Promise<AwsResponse> {
    const input = formTree(formInput(request))
    try {
      const subnets = await this.subnetGroup(request, backend)
      if (subnets !== undefined) return subnets
      const result = this.result(request.operation, input)
      if (result === undefined) {
        const answer = await backend(request)
        // To moto a user that is deleted is gone when it has been looked at once more, which a replay would not do.
        if (request.operation === 'DeleteUser') await backend(usersOf(request))
        return answer
      }
      return queryResponse(request.operation, writeXml(result, itemNames))
    } catch (error) {
      if (error instanceof Refusal) return xmlError(error.code, error.message, 404)
      throw error
    }
  }

  /**
   * moto cannot delete a group of subnets: one that was deleted is not there, and one that is made again has another
   * name in moto. Nothing where the call is about something else.
   */
  private async subnetGroup(
    request: AwsRequest,
    backend: Backend,
  ): Promise<AwsResponse | undefined> {
    const { operation } = request
    if (!/^(Create|Modify|Delete)CacheSubnetGroup$|^DescribeCacheSubnetGroups$/.test(operation)) {
      return undefined
    }
    const form = formInput(request)
    const name = form.get('CacheSubnetGroupName') ?? ''
    const times = this.timesDeleted.get(name) ?? 0
    if (operation === 'CreateCacheSubnetGroup') this.subnetGroups.add(name)
    else if (!this.subnetGroups.has(name)) {
      throw new Refusal(notFound.CacheSubnetGroup, `Cache Subnet Group ${name} does not exist.`)
    }
    if (operation === 'DeleteCacheSubnetGroup') {
      this.subnetGroups.delete(name)
      this.timesDeleted.set(name, times + 1)
      return queryResponse(operation, '')
    }
    const inMoto = times === 0 ? name : `${name}-${times}`
    form.set('CacheSubnetGroupName', inMoto)
    return rewritten(await backend(withBody(request, form.toString())), (body) =>
      body.replaceAll(inMoto, name),
    )
  }

  /** Nothing where it is the backend's to answer. */
  private result(operation: string, input: Input): Item | undefined {
    const group = String(input.ReplicationGroupId)
    const users = String(input.UserGroupId)
    switch (operation) {
      case 'CreateReplicationGroup':
        this.groups.set(group, input)
        this.keepTags(arnOf('replicationgroup', group), input)
        return { ReplicationGroup: replicationGroup(input) }
      case 'ModifyReplicationGroup':
        this.groups.set(group, { ...found(this.groups, group, 'ReplicationGroup'), ...input })
        return { ReplicationGroup: replicationGroup(found(this.groups, group, 'ReplicationGroup')) }
      case 'DescribeReplicationGroups':
        return {
          ReplicationGroups: asked(this.groups, input.ReplicationGroupId, 'ReplicationGroup').map(
            replicationGroup,
          ),
        }
      case 'DeleteReplicationGroup': {
        const gone = found(this.groups, group, 'ReplicationGroup')
        this.groups.delete(group)
        return { ReplicationGroup: { ...replicationGroup(gone), Status: 'deleting' } }
      }
      case 'DescribeCacheClusters': {
        const members = [...this.groups.values()].flatMap(cacheClusters)
        const cluster = input.CacheClusterId
        const mine = members.filter(({ CacheClusterId }) => CacheClusterId === cluster)
        if (cluster !== undefined) return mine.length > 0 ? { CacheClusters: mine } : undefined
        return { CacheClusters: members }
      }
      case 'CreateUserGroup':
        this.userGroups.set(users, input)
        this.keepTags(arnOf('usergroup', users), input)
        return userGroup(input)
      case 'ModifyUserGroup': {
        const before = found(this.userGroups, users, 'UserGroup')
        const removed = listIn(input.UserIdsToRemove)
        const kept = listIn(before.UserIds).filter((id) => !removed.includes(id))
        this.userGroups.set(users, { ...before, UserIds: [...kept, ...listIn(input.UserIdsToAdd)] })
        return userGroup(found(this.userGroups, users, 'UserGroup'))
      }
      case 'DescribeUserGroups':
        return { UserGroups: asked(this.userGroups, input.UserGroupId, 'UserGroup').map(userGroup) }
      case 'DeleteUserGroup': {
        const gone = found(this.userGroups, users, 'UserGroup')
        this.userGroups.delete(users)
        return { ...userGroup(gone), Status: 'deleting' }
      }
      default:
        return this.tagging(operation, input)
    }
  }

  private tagging(operation: string, input: Input): Item | undefined {
    const arn = String(input.ResourceName)
    const [kind, name] = arn.split(':').slice(-2)
    const isOfGroup = kind === 'replicationgroup' && this.groups.has(name ?? '')
    if (!isOfGroup && !(kind === 'usergroup' && this.userGroups.has(name ?? ''))) return undefined
    if (operation === 'AddTagsToResource') this.keepTags(arn, input)
    if (operation === 'RemoveTagsFromResource') this.tags.remove(arn, listIn(input.TagKeys))
    return { TagList: [...this.tags.of(arn)].map(([Key, Value]) => ({ Key, Value })) }
  }

  private keepTags(arn: string, { Tags }: Input): void {
    const tags = (Tags as { Tag?: readonly { Key: string; Value: string }[] })?.Tag ?? []
    this.tags.put(
      arn,
      tags.map(({ Key, Value }) => [Key, Value] as const),
    )
  }
}

function usersOf(request: AwsRequest): AwsRequest {
  const form = new URLSearchParams({ Action: 'DescribeUsers', Version: '2015-02-02' })
  return { ...withBody(request, form.toString()), operation: 'DescribeUsers' }
}

/** AWS is of two minds about the ends of its codes. */
const notFound = {
  ReplicationGroup: 'ReplicationGroupNotFoundFault',
  UserGroup: 'UserGroupNotFound',
  CacheSubnetGroup: 'CacheSubnetGroupNotFoundFault',
}

function found(
  store: ReadonlyMap<string, Input>,
  id: string,
  kind: 'ReplicationGroup' | 'UserGroup',
): Input {
  const item = store.get(id)
  if (item === undefined) throw new Refusal(notFound[kind], `${kind} ${id} not found.`)
  return item
}

function asked(
  store: ReadonlyMap<string, Input>,
  id: unknown,
  kind: 'ReplicationGroup' | 'UserGroup',
): Input[] {
  return id === undefined ? [...store.values()] : [found(store, String(id), kind)]
}
