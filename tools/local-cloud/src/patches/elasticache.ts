import {
  type AwsRequest,
  type AwsResponse,
  type Backend,
  formInput,
  queryRequest,
  withBody,
} from '../gateway/aws-request'
import { queryResponse, replaceText, xmlError } from '../gateway/aws-response'
import type { MotoPatch } from '../gateway/moto-patch'
import { cacheClusters, listOf, replicationGroup, userGroup } from './elasticache-output'
import { type Input, type Operations, respond } from './operations'
import { ResourceStore, TagStore } from './stores'

/**
 * ElastiCache. moto has no user groups, no members of a replication group, and cannot delete a subnet group.
 * Remove it when all of them can be applied and destroyed.
 */
export class ElastiCache implements MotoPatch {
  readonly service = 'elasticache'
  private readonly groups = new ResourceStore('ReplicationGroup', 'ReplicationGroupNotFoundFault')
  private readonly userGroups = new ResourceStore('UserGroup', 'UserGroupNotFound')
  private readonly tags = new TagStore()
  private readonly subnetGroups = new Set<string>()
  /** How often a subnet group of a name was deleted. */
  private readonly deletions = new Map<string, number>()

  resourceIds(): string[] {
    return [...this.groups.keys(), ...this.userGroups.keys(), ...this.subnetGroups]
  }

  async handle(request: AwsRequest, backend: Backend): Promise<AwsResponse> {
    const { operation } = request
    if (/CacheSubnetGroups?$/.test(operation)) return this.handleSubnetGroup(request, backend)
    const own = respond(request, this.operations)
    if (own !== undefined) return own
    const response = await backend(request)
    // moto removes a deleted user at the next description of users, which a replay would not repeat.
    if (operation === 'DeleteUser') await backend(queryRequest(request, 'DescribeUsers'))
    return response
  }

  /** moto keeps deleted subnet groups: a new one of the same name has a suffix in moto. */
  private async handleSubnetGroup(request: AwsRequest, backend: Backend): Promise<AwsResponse> {
    const { operation } = request
    const form = formInput(request)
    const name = form.get('CacheSubnetGroupName') ?? ''
    const deletions = this.deletions.get(name) ?? 0
    if (operation === 'CreateCacheSubnetGroup') this.subnetGroups.add(name)
    if (!this.subnetGroups.has(name)) {
      const message = `CacheSubnetGroup ${name} does not exist.`
      return xmlError('CacheSubnetGroupNotFoundFault', message, 404)
    }
    if (operation === 'DeleteCacheSubnetGroup') {
      this.subnetGroups.delete(name)
      this.deletions.set(name, deletions + 1)
      return queryResponse(request, {})
    }
    const motoName = deletions === 0 ? name : `${name}-${deletions}`
    form.set('CacheSubnetGroupName', motoName)
    const response = await backend(withBody(request, form.toString()))
    return replaceText(response, (body) => body.replaceAll(motoName, name))
  }

  private readonly operations: Operations = {
    CreateReplicationGroup: (input) => {
      this.groups.set(String(input.ReplicationGroupId), input)
      const created = replicationGroup(input)
      this.tags.put(created.ARN, tagsIn(input))
      return { ReplicationGroup: created }
    },
    ModifyReplicationGroup: (input) => ({
      ReplicationGroup: replicationGroup(this.groups.update(input.ReplicationGroupId, input)),
    }),
    DescribeReplicationGroups: ({ ReplicationGroupId }) => {
      const found = this.groups.select(ReplicationGroupId)
      return { ReplicationGroups: { ReplicationGroup: found.map(replicationGroup) } }
    },
    DeleteReplicationGroup: ({ ReplicationGroupId }) => {
      const removed = replicationGroup(this.groups.remove(ReplicationGroupId))
      this.tags.delete(removed.ARN)
      return { ReplicationGroup: { ...removed, Status: 'deleting' } }
    },
    DescribeCacheClusters: ({ CacheClusterId: id }) => {
      const members = [...this.groups.values()].flatMap(cacheClusters)
      const requested = members.filter(
        ({ CacheClusterId }) => id === undefined || CacheClusterId === id,
      )
      // A cluster outside of replication groups is in moto.
      if (id !== undefined && requested.length === 0) return undefined
      return { CacheClusters: { CacheCluster: requested } }
    },
    CreateUserGroup: (input) => {
      this.userGroups.set(String(input.UserGroupId), input)
      const created = userGroup(input)
      this.tags.put(created.ARN, tagsIn(input))
      return created
    },
    ModifyUserGroup: ({ UserGroupId, UserIdsToAdd, UserIdsToRemove }) => {
      const removed = listOf(UserIdsToRemove)
      const kept = listOf(this.userGroups.find(UserGroupId).UserIds).filter(
        (id) => !removed.includes(id),
      )
      const UserIds = [...kept, ...listOf(UserIdsToAdd)]
      return userGroup(this.userGroups.update(UserGroupId, { UserIds }))
    },
    DescribeUserGroups: ({ UserGroupId }) => ({
      UserGroups: { member: this.userGroups.select(UserGroupId).map(userGroup) },
    }),
    DeleteUserGroup: ({ UserGroupId }) => {
      const removed = userGroup(this.userGroups.remove(UserGroupId))
      this.tags.delete(removed.ARN)
      return { ...removed, Status: 'deleting' }
    },
    AddTagsToResource: (input) =>
      this.tags.add(input.ResourceName, tagsIn(input)) && this.tagList(input),
    RemoveTagsFromResource: (input) =>
      this.tags.remove(input.ResourceName, listOf(input.TagKeys)) && this.tagList(input),
    ListTagsForResource: (input) => this.tagList(input),
  }

  /** Undefined for a resource in moto. */
  private tagList({ ResourceName }: Input): object | undefined {
    return this.tags.has(String(ResourceName))
      ? { TagList: { Tag: this.tags.list(ResourceName) } }
      : undefined
  }
}

function tagsIn({ Tags }: Input): unknown {
  return (Tags as Input | undefined)?.Tag
}
