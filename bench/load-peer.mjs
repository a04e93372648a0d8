/**
 * Loads a package that is installed in this folder, for compiled files that lie elsewhere: a package is looked up from
 * the file that imports it, and this one stays beside `node_modules`.
 *
 * @param {string} name
 * @returns {Promise<unknown>}
 */
export const loadPeer = (name) => import(name)
