// What clients such as kubectl ask for before they do anything.
const resource = (name: string, kind: string) => ({
  ...{ name, kind, namespaced: true, singularName: name.slice(0, -1) },
  verbs: ['create', 'delete', 'get', 'list', 'watch'],
});
const batch = { groupVersion: 'batch/v1', version: 'v1' };

export const DISCOVERY: Record<string, unknown> = {
  '/version': { major: '1', minor: '36', gitVersion: 'v1.36.0', platform: 'linux/amd64' },
  '/api': { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] },
  '/apis': {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: [{ name: 'batch', versions: [batch], preferredVersion: batch }],
  },
  '/api/v1': {
    kind: 'APIResourceList',
    groupVersion: 'v1',
    resources: [resource('pods', 'Pod'), resource('secrets', 'Secret'), resource('events', 'Event')],
  },
  '/apis/batch/v1': {
    kind: 'APIResourceList',
    groupVersion: 'batch/v1',
    resources: [resource('jobs', 'Job')],
  },
};
