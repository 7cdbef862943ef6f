package middleware

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"
)

// keySet is one state of a published key set. It holds public keys only, each
// under the algorithms that it can be used with, and doesn't change.
type keySet struct {
	named map[keyName]any
	all   map[string][]any // by algorithm, the keys without a name, too
}

// keyName is what a token says of its key.
type keyName struct{ kid, alg string }

// find gives a token's key. settled says that fetching the set again is no
// use: the key is there, or there are several and the token names none.
func (s *keySet) find(kid, alg string) (key any, settled bool) {
	if kid != "" {
		key, settled = s.named[keyName{kid, alg}]
		return key, settled
	}
	switch keys := s.all[alg]; len(keys) {
	case 0:
		return nil, false
	case 1:
		return keys[0], true
	default:
		return nil, true
	}
}

func (s *keySet) size() int { return len(s.named) }

func (s *keySet) add(kid, alg string, key any) {
	s.all[alg] = append(s.all[alg], key)
	name := keyName{kid, alg}
	if _, there := s.named[name]; !there && kid != "" {
		s.named[name] = key
	}
}

// readKeySet reads a JSON Web Key Set (RFC 7517, section 5). A key that can't
// be used is left out, as the section wants it, and told of in unused. A set
// without any usable key is an error: of an issuer in trouble more likely than
// of one that takes all its keys back.
func readKeySet(raw []byte, methods []jwt.SigningMethod) (set *keySet, unused, err error) {
	var document struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(raw, &document); err != nil {
		return nil, nil, fmt.Errorf("it is no key set: %w", err)
	}
	set = &keySet{named: map[keyName]any{}, all: map[string][]any{}}
	var reasons []error
	for i, one := range document.Keys {
		if err := set.read(one, methods); err != nil {
			reasons = append(reasons, fmt.Errorf("key %d: %w", i, err))
		}
	}
	unused = errors.Join(reasons...)
	if len(set.all) == 0 {
		return nil, nil, errors.Join(errors.New("it has no key for the algorithms that are accepted"), unused)
	}
	return set, unused, nil
}

func (s *keySet) read(raw []byte, methods []jwt.SigningMethod) error {
	// Without Private, symmetric keys are refused, and of others the public
	// half is read.
	key, err := jwkset.NewJWKFromRawJSON(raw, jwkset.JWKMarshalOptions{}, jwkset.JWKValidateOptions{})
	if err != nil {
		return err
	}
	about := key.Marshal()
	if about.USE != "" && about.USE != jwkset.UseSig {
		return fmt.Errorf("its use is %q", about.USE)
	}
	if len(about.KEYOPS) > 0 && !slices.Contains(about.KEYOPS, jwkset.KeyOpsVerify) {
		return errors.New("its key_ops are without verify")
	}
	var reasons []error
	for _, method := range methods {
		alg := method.Alg()
		err := fitting(method, key.Key())
		if err == nil && about.ALG != "" && about.ALG.String() != alg {
			err = fmt.Errorf("it is for %q, not for %s", about.ALG, alg)
		}
		if err != nil {
			reasons = append(reasons, err)
			continue
		}
		s.add(about.KID, alg, key.Key())
	}
	if len(reasons) == len(methods) {
		return errors.Join(reasons...)
	}
	return nil
}
