package scenarios

import (
	"slices"
	"strings"
)

// credentials are how the names of keys end. What ends in token alone may as well be a page
// of a list, or a word of a text.
var credentials = strings.Fields("apikey apitoken accesskey accesstoken authkey authtoken bearertoken bottoken refreshtoken sessiontoken usertoken " +
	"secretkey clientsecret apisecret privatekey")

// wholeCredentials are names that are those of keys as a whole.
var wholeCredentials = strings.Fields("token bearer authorization credentials")

// asksForKey reports whether a parameter is by its name for a key.
func asksForKey(name string) bool {
	spelt := Spelling(name)
	return slices.Contains(wholeCredentials, spelt) ||
		slices.ContainsFunc(credentials, func(end string) bool { return strings.HasSuffix(spelt, end) })
}
