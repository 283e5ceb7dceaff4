// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/cam_knowledge.hpp"

#include "daemon/cam_keys.hpp"

#include <utility>

namespace cihost::daemon {
namespace {

/// Starts with the same guess before another one is made.
constexpr unsigned tries_per_guess = 2;

} // namespace

class cam_knowledge::receiver_adviser final : public policy::cam_adviser {
  public:
    receiver_adviser(cam_knowledge& knowledge, std::string receiver, std::optional<std::string> own)
        : knowledge_{knowledge}
        , receiver_{std::move(receiver)}
        , own_{std::move(own)} {}

    policy::cam_profile choose(unsigned slot, const policy::profile_question& question) override {
        return knowledge_.choose(own_, receiver_ + ":" + std::to_string(slot), question);
    }
    policy::cam_memory* memory() override {
        return knowledge_.settings().learn ? &knowledge_.memory() : nullptr;
    }

    void use(const std::optional<std::string>& own) { own_ = own; }

  private:
    cam_knowledge& knowledge_;
    const std::string receiver_;
    std::optional<std::string> own_;
};

cam_knowledge::cam_knowledge(const cam_config& settings, runtime::log_function log)
    : settings_{settings}
    , file_{settings.learn ? settings.memory : std::filesystem::path{}, std::move(log)}
    , memory_{file_.load()} {}

cam_knowledge::~cam_knowledge() = default;

policy::cam_adviser& cam_knowledge::adviser(const std::string& receiver,
                                            const std::optional<std::string>& own) {
    auto& known = advisers_[receiver];
    if (!known)
        known = std::make_unique<receiver_adviser>(*this, receiver, own);
    known->use(own);
    return *known;
}

void cam_knowledge::use_own(const std::string& receiver, const std::optional<std::string>& own) {
    adviser(receiver, own);
}

void cam_knowledge::use(const cam_config& settings) {
    const auto learn = settings_.learn;
    auto memory = std::move(settings_.memory);
    settings_ = settings;
    settings_.learn = learn;
    settings_.memory = std::move(memory);
}

policy::cam_profile cam_knowledge::choose(const std::optional<std::string>& own,
                                          const std::string& place,
                                          const policy::profile_question& question) {
    if (question.who)
        memory_.seen_in(place, *question.who);
    if (own || settings_.profile)
        return cam_profile_of(settings_, own);
    auto profile = question.who ? known(*question.who, question.ca_system_ids)
                                : guess(place, question.nameless_starts);
    put(settings_.values, profile);
    return profile;
}

policy::cam_profile cam_knowledge::next_profile(const policy::cam_identity& who) const {
    if (settings_.profile)
        return cam_profile_of(settings_, std::nullopt);
    auto profile = known(who, std::nullopt);
    put(settings_.values, profile);
    return profile;
}

policy::cam_profile
cam_knowledge::known(const policy::cam_identity& who,
                     const std::optional<std::vector<std::uint16_t>>& systems) const {
    const auto* const record = settings_.learn ? memory_.find(who) : nullptr;
    const policy::known_cam* named = nullptr;
    if (record != nullptr && record->pinned_profile)
        named = profiles().find(*record->pinned_profile);
    // until it tells its CA systems they are taken to be those of the last time
    if (named == nullptr && record != nullptr && !systems)
        named = profiles().find(record->profile);
    auto profile = named != nullptr ? named->profile : profiles().choose(who, systems);
    if (record != nullptr)
        profile.remark = lost_pin(*record);
    if (settings_.learn)
        memory_.improve(who, profile);
    return profile;
}

/// A profile may go from the user's file, or by an update, with the pin left behind.
std::string cam_knowledge::lost_pin(const policy::cam_record& record) const {
    if (!record.pinned_profile || profiles().find(*record.pinned_profile) != nullptr)
        return {};
    return "The profile '" + *record.pinned_profile +
           "' that is pinned to it does not exist any more; it is dealt with as one without a pin.";
}

std::vector<std::string> cam_knowledge::remarks() const {
    std::vector<std::string> all;
    if (!settings_.learn)
        return all;
    for (const auto& [who, record] : memory_.records())
        if (const auto why = lost_pin(record); !why.empty())
            all.push_back("CAM \"" + who.name + "\": " + why);
    return all;
}

/// The slot's last module is the likeliest; one that fails without a word is another, or one that
/// wants to be handled with care.
policy::cam_profile cam_knowledge::guess(const std::string& place, unsigned nameless_starts) const {
    const auto last = memory_.last_in(place);
    const auto round = nameless_starts / tries_per_guess % 3;
    if (last && round == 0)
        return known(*last, std::nullopt);
    const auto* const careful = profiles().find("cautious");
    if (careful != nullptr && round == (last ? 2U : 1U))
        return careful->profile;
    return profiles().find("default")->profile;
}

} // namespace cihost::daemon
